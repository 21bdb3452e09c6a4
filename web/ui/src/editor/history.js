// Undo and redo for editors that keep their file as one text.
const MOST = 200;

export class History {
  constructor(text) {
    this.texts = [text];
    this.at = 0;
  }

  push(text) {
    if (text === this.texts[this.at]) return;
    this.texts = [...this.texts.slice(Math.max(0, this.at + 1 - MOST), this.at + 1), text];
    this.at = this.texts.length - 1;
  }

  get text() { return this.texts[this.at]; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.texts.length - 1; }
  undo() { return this.canUndo ? this.texts[(this.at -= 1)] : undefined; }
  redo() { return this.canRedo ? this.texts[(this.at += 1)] : undefined; }
}

/** A file edited as one text: `show` draws a text (the first at once); every change is remembered and told to the session. */
export function asText({ content, session, shell, show }) {
  const history = new History(content);
  const undoable = () => shell.undoable(history.canUndo, history.canRedo);
  const go = (words) => {
    if (words === undefined) return;
    show(words);
    session.changed(words);
    undoable();
  };
  show(content);
  undoable();
  return {
    changed(words) {
      history.push(words);
      undoable();
      session.changed(words);
    },
    editor: {
      show(words) {
        history.push(words);
        show(words);
        undoable();
      },
      text: () => history.text,
      undo: () => go(history.undo()),
      redo: () => go(history.redo()),
    },
  };
}
