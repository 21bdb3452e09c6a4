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

  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.texts.length - 1; }
  undo() { return this.canUndo ? this.texts[(this.at -= 1)] : undefined; }
  redo() { return this.canRedo ? this.texts[(this.at += 1)] : undefined; }
}
