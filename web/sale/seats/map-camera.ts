import type { Rect } from './map-layout.ts';

/** The visible part of the map. Pixels are CSS pixels. */
export interface Camera {
  /** Point of the map in the centre of the canvas. */
  readonly x: number;
  readonly y: number;
  /** Pixels per seat. */
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Largest size of a seat: enough for a thumb, and a larger one shows nothing more. */
export const scaleMax = 46;
const marginPx = 14;
/** The hall can be moved this far beyond its edge, out from under the zoom buttons. */
const reachPx = 64;

/** Returns the camera that shows the whole rectangle as large as possible. */
export function fitCamera(rect: Rect, size: Size, most = scaleMax): Camera {
  const scale = Math.min(
    (size.width - 2 * marginPx) / (rect.right - rect.left),
    (size.height - 2 * marginPx) / (rect.bottom - rect.top),
    most,
  );
  return {
    x: (rect.left + rect.right) / 2,
    y: (rect.top + rect.bottom) / 2,
    // A canvas narrower than its margins would give a negative scale.
    scale: Math.max(0.01, scale),
  };
}

/** Limits a camera: not smaller than the whole map, not larger than `scaleMax`, and the hall stays in the picture. */
export function clampCamera(camera: Camera, bounds: Rect, size: Size): Camera {
  const whole = fitCamera(bounds, size);
  const scale = Math.min(scaleMax, Math.max(whole.scale, camera.scale));
  const axis = (at: number, low: number, high: number, px: number) => {
    const slack = (high - low) / 2 - (px / 2 - reachPx) / scale;
    const middle = (low + high) / 2;
    return slack <= 0 ? middle : Math.min(middle + slack, Math.max(middle - slack, at));
  };
  return {
    scale,
    x: axis(camera.x, bounds.left, bounds.right, size.width),
    y: axis(camera.y, bounds.top, bounds.bottom, size.height),
  };
}

export const toMap = (camera: Camera, size: Size, px: number, py: number) => ({
  x: camera.x + (px - size.width / 2) / camera.scale,
  y: camera.y + (py - size.height / 2) / camera.scale,
});

export const toPicture = (camera: Camera, size: Size, x: number, y: number) => ({
  x: (x - camera.x) * camera.scale + size.width / 2,
  y: (y - camera.y) * camera.scale + size.height / 2,
});

/** Zooms around a point of the canvas, which stays in place. */
export function zoomCamera(camera: Camera, size: Size, factor: number, px: number, py: number): Camera {
  const scale = Math.min(scaleMax, camera.scale * factor);
  const fixed = toMap(camera, size, px, py);
  return {
    scale,
    x: fixed.x - (px - size.width / 2) / scale,
    y: fixed.y - (py - size.height / 2) / scale,
  };
}

export const panCamera = (camera: Camera, dxPx: number, dyPx: number): Camera => ({
  ...camera,
  x: camera.x - dxPx / camera.scale,
  y: camera.y - dyPx / camera.scale,
});

/** A camera between two others; the scale changes by its logarithm, so that the speed looks even. */
export const interpolateCameras = (from: Camera, to: Camera, share: number): Camera => ({
  x: from.x + (to.x - from.x) * share,
  y: from.y + (to.y - from.y) * share,
  scale: from.scale * (to.scale / from.scale) ** share,
});
