import { defineConfig } from 'vite';

// Everything lands in web/static, which the application serves at /static. Entries keep their names, what they load carries a hash.
export default defineConfig({
  base: '/static/',
  build: {
    outDir: '../static',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: 'src/main.js' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name]-[hash].js',
        assetFileNames: (asset) => (asset.names?.[0] === 'main.css' ? 'main.css' : 'chunk-[name]-[hash][extname]'),
      },
    },
  },
});
