// A few words of dmn-js do not go through its translate service: they are replaced while building. A word that is no longer found
// stops the build, so that an update cannot bring English back in silence.
const WORDS = {
  'dmn-js-decision-table/lib/features/context-menu/ContextMenu.js': { '"Decision table context menu"': '"决策表的行和列"' },
  'dmn-js-decision-table/lib/features/drag-and-drop/DragAndDrop.js': { "`Move ${isInput(col) ? 'Input' : 'Output'}`": "isInput(col) ? '移动条件列' : '移动结论列'" },
  'dmn-js-shared/lib/components/List.js': { '"Remove item"': '"删去这一项"' },
};

export default function chinese() {
  return {
    name: 'chinese',
    transform(code, id) {
      const file = Object.keys(WORDS).find((one) => id.replaceAll('\\', '/').endsWith(`/node_modules/${one}`));
      if (!file) return null;
      let changed = code;
      for (const [english, words] of Object.entries(WORDS[file])) {
        if (!changed.includes(english)) this.error(`${file} no longer says ${english}: mend chinese.js`);
        changed = changed.replaceAll(english, words);
      }
      return { code: changed, map: null };
    },
  };
}
