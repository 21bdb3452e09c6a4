import { defineConfig } from 'vite';
import chinese from './chinese.js';

// Everything lands in web/static, which the application serves at /static. Entries keep their names, what they load carries a hash.
export default defineConfig({
  base: '/static/',
  plugins: [chinese()],
  build: {
    outDir: '../static',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: 'src/main.js', editor: 'src/editor.js' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name]-[hash].js',
        assetFileNames: (asset) => (['main.css', 'editor.css'].includes(asset.names?.[0]) ? asset.names[0] : 'chunk-[name]-[hash][extname]'),
      },
    },
  },
});
