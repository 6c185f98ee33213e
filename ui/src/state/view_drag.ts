// Dragging cameras: from a list into a cell of the mosaic, and from cell to cell.

import type { CameraRef } from './view_cells';

const CAMERA = 'application/x-citymirror-camera';
const CELL = 'application/x-citymirror-cell';

/** Use as `onDragStart` of a row that stands for a camera. */
export function dragCamera(event: DragEvent, camera: CameraRef): void {
  event.dataTransfer?.setData(CAMERA, JSON.stringify(camera));
  // Also as words, for whatever else takes them.
  event.dataTransfer?.setData('text/plain', camera.name);
}

export function dragCell(event: DragEvent, cell: number, camera: CameraRef): void {
  event.dataTransfer?.setData(CELL, String(cell));
  dragCamera(event, camera);
}

/** True when what hovers can be dropped into a cell. */
export function isCameraDrag(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes(CAMERA) ?? false;
}

/** The cell that was dragged, where it was one. */
export function droppedCell(event: DragEvent): number | undefined {
  const text = event.dataTransfer?.getData(CELL) ?? '';
  return text === '' ? undefined : Number(text);
}

/** The camera that was dropped. */
export function droppedCamera(event: DragEvent): CameraRef | undefined {
  const text = event.dataTransfer?.getData(CAMERA) ?? '';
  try {
    const camera = JSON.parse(text) as Partial<CameraRef> | null;
    return typeof camera?.camera === 'string' && typeof camera.name === 'string'
      ? { camera: camera.camera, name: camera.name }
      : undefined;
  } catch {
    return undefined;
  }
}
