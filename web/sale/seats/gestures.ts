/** Fingers, mouse and wheel on the canvas, in its own CSS pixels. */
export interface Gestures {
  panned(dx: number, dy: number): void;
  /** Zooms around a point. False: the map is at its largest or smallest. */
  zoomed(factor: number, x: number, y: number): boolean;
  tapped(x: number, y: number): void;
}

/** A finger that moves no further than this is a tap. */
const tapSlackPx = 8;
/** One notch of a common wheel (100 px) zooms by a third. */
const wheelDivisor = 320;
/** Wheels that count lines or pages: pixels of one. */
const linePx = 16;

export function listen(canvas: HTMLCanvasElement, on: Gestures): () => void {
  const fingers = new Map<number, { x: number; y: number }>();
  let movedPx = 0;
  /** After a pinch, the last lifted finger is no tap. */
  let wasPinch = false;
  const stop = new AbortController();
  const { signal } = stop;

  const place = (event: PointerEvent | WheelEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  /** Middle and distance of two fingers. */
  const spread = () => {
    const [a, b] = [...fingers.values()];
    if (!a || !b) return null;
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      if (fingers.size === 0) {
        movedPx = 0;
        wasPinch = false;
      }
      fingers.set(event.pointerId, place(event));
      if (fingers.size > 1) wasPinch = true;
      // A finger that leaves the canvas continues to move the map.
      canvas.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      const before = fingers.get(event.pointerId);
      if (before === undefined) return;
      const now = place(event);
      const pinch = spread();
      fingers.set(event.pointerId, now);
      const after = spread();
      movedPx += Math.hypot(now.x - before.x, now.y - before.y);
      if (pinch !== null && after !== null) {
        on.panned(after.x - pinch.x, after.y - pinch.y);
        if (pinch.apart > 0) on.zoomed(after.apart / pinch.apart, after.x, after.y);
      } else if (movedPx > tapSlackPx) on.panned(now.x - before.x, now.y - before.y);
    },
    { signal },
  );
  const lift = (isTap: boolean) => (event: PointerEvent) => {
    if (!fingers.delete(event.pointerId) || !isTap || wasPinch || movedPx > tapSlackPx) return;
    const { x, y } = place(event);
    on.tapped(x, y);
  };
  canvas.addEventListener('pointerup', lift(true), { signal });
  canvas.addEventListener('pointercancel', lift(false), { signal });
  canvas.addEventListener(
    'wheel',
    (event) => {
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : linePx;
      const { x, y } = place(event);
      // A wheel at the end of the zoom scrolls the page, so it is not caught on the map.
      if (on.zoomed(Math.exp((-event.deltaY * unit) / wheelDivisor), x, y)) event.preventDefault();
    },
    // Not passive: a passive listener cannot prevent the scrolling.
    { signal, passive: false },
  );
  return () => stop.abort();
}
