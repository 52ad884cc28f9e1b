import { Directive, output, signal } from '@angular/core';

/** Larger files are no keys and no kubeconfigs. */
const MAX_BYTES = 1_000_000;

/** On a text field: takes the text of a file that is dropped on it. The file stays in the browser. */
@Directive({
  selector: '[berthFileDrop]',
  exportAs: 'berthFileDrop',
  host: {
    '[class.drop]': 'isOver()',
    '(dragover)': 'over($event)',
    '(dragleave)': 'isOver.set(false)',
    '(drop)': 'drop($event)',
  },
})
export class FileDrop {
  readonly fileText = output<string>();
  protected readonly isOver = signal(false);

  protected over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.isOver.set(true);
  }

  protected drop(event: DragEvent): void {
    this.isOver.set(false);
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void this.read(file);
  }

  /** Also for a file that was chosen. Too large: its beginning would only be confusing, so nothing. */
  async read(file: File): Promise<void> {
    if (file.size <= MAX_BYTES) this.fileText.emit(await file.text());
  }
}
