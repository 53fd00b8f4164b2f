import { listen } from './gestures.ts';
import { readLook } from './look.ts';
import {
  type Camera,
  clampCamera,
  fitCamera,
  interpolateCameras,
  panCamera,
  type Size,
  toMap,
  zoomCamera,
} from './map-camera.ts';
import type { Digits } from './map-choice.ts';
import { type Focus, pressKey } from './map-focus.ts';
import { type SeatMap, sectionBounds } from './map-layout.ts';
import { type SeatAt, seatAt, seatIdAt, seatOnMap, sectionAt } from './map-seats.ts';
import { createPainter, type Painter } from './painter.ts';
import { patchChanges, picksOf } from './patches.ts';
import type { Scene } from './scene.ts';

export interface Shown {
  readonly map: SeatMap;
  readonly digits: Digits;
  readonly seatIds: readonly string[];
  readonly label: Scene['label'];
  readonly stageName: string;
}

/** The map: one canvas, moved by fingers, wheel, keys and buttons. */
export interface SeatMapView {
  /** The `ref` of the element that receives the keys and contains the canvas; null detaches the map. */
  attach(element: HTMLElement | null): void;
  show(shown: Shown): void;
  zoomBy(factor: number): void;
  whole(): void;
  goTo(section: number): void;
}

export interface SeatMapEvents {
  picked(seatId: string): void;
  /** A standing area was pressed: the page counts its people beside the map. */
  area(section: number): void;
  focused(focus: Focus): void;
}

/** Pixels per seat from which a tap picks a seat; below it enters the section, because a thumb hits nothing smaller. */
const tapSeatFromPx = 13;
/** Zoom after a tap that hits no section. */
const missedZoom = 2;
const glideMs = 260;
/** Smallest size in pixels of a seat with the keyboard's focus: its number is readable. */
const focusScale = 24;
/** A phone with three pixels per CSS pixel would paint twice as many for no visible gain. */
const pixelRatioMax = 2;

export function createSeatMap(on: SeatMapEvents): SeatMapView {
  let host: HTMLElement | null = null;
  let painter: Painter | null = null;
  let detach: () => void = () => {};
  let shown: Shown | null = null;
  let camera: Camera | null = null;
  let size: Size = { width: 1, height: 1 };
  let focus: Focus | null = null;
  let picked: Scene['picked'] = new Map();
  let frame = 0;
  let glide: { from: Camera; to: Camera; startMs: number } | null = null;

  // The focus ring is drawn for the keyboard alone, as the browser decides it.
  const scene = (): Scene | null =>
    shown === null || camera === null
      ? null
      : { ...shown, camera, picked, focus: host?.matches(':focus-visible') ? focus : null };

  /** Paints at most once per frame, however many changes came. */
  function paintSoon(): void {
    if (frame !== 0 || host === null) return;
    frame = requestAnimationFrame((nowMs) => {
      frame = 0;
      if (glide !== null) {
        const share = Math.min(1, (nowMs - glide.startMs) / glideMs);
        camera = interpolateCameras(glide.from, glide.to, 1 - (1 - share) ** 3);
        if (share >= 1) glide = null;
      }
      const now = scene();
      if (now !== null) painter?.paint(now);
      if (glide !== null) paintSoon();
    });
  }

  function move(to: Camera, isGliding: boolean): void {
    if (shown === null) return;
    const target = clampCamera(to, shown.map.bounds, size);
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (isGliding && !isStill && camera !== null)
      glide = { from: camera, to: target, startMs: performance.now() };
    else {
      glide = null;
      camera = target;
    }
    paintSoon();
  }

  function zoomAt(factor: number, x: number, y: number): boolean {
    if (camera === null || shown === null) return false;
    const before = camera.scale;
    move(zoomCamera(camera, size, factor, x, y), false);
    return Math.abs(camera.scale / before - 1) > 0.001;
  }

  function goTo(section: number): void {
    const placed = shown?.map.sections[section];
    if (placed === undefined) return;
    move(fitCamera(sectionBounds(placed), size, focusScale * 1.2), true);
  }

  function tapped(x: number, y: number): void {
    if (camera === null || shown === null) return;
    const at = toMap(camera, size, x, y);
    const section = sectionAt(shown.map, at.x, at.y);
    if (section === undefined) {
      // A tap beside every section zooms in, up to the scale at which seats can be tapped.
      if (camera.scale < tapSeatFromPx) move(zoomCamera(camera, size, missedZoom, x, y), true);
      return;
    }
    const isArea = shown.map.sections[section]?.section.kind === 'standing';
    if (isArea) on.area(section);
    else if (camera.scale < tapSeatFromPx) goTo(section);
    else {
      const seat = seatAt(shown.map, at.x, at.y);
      if (seat !== undefined) pick(seat);
    }
    focus = { section, seat: null };
  }

  function pick(seat: SeatAt): void {
    const seatId = shown === null ? undefined : seatIdAt(shown.map, seat);
    if (seatId !== undefined) on.picked(seatId);
  }

  function moveFocus(next: Focus): void {
    focus = next;
    const placed = shown?.map.sections[next.section];
    if (camera === null || shown === null || placed === undefined) return;
    on.focused(next);
    if (next.seat === null) {
      paintSoon();
      return;
    }
    const { x, y } = seatOnMap(shown.map, { section: next.section, seat: next.seat });
    const scale = Math.max(camera.scale, focusScale);
    const reach = { x: size.width / 2 / scale - 2, y: size.height / 2 / scale - 2 };
    const isSeen = Math.abs(x - camera.x) < reach.x && Math.abs(y - camera.y) < reach.y;
    if (isSeen && camera.scale >= focusScale) paintSoon();
    else move({ scale, x, y }, true);
  }

  function keyPressed(event: KeyboardEvent): void {
    if (shown === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { map, digits } = shown;
    const isFree = ({ section, seat }: SeatAt) =>
      digits[map.sections[section]?.section.id ?? '']?.[seat] === '0';
    const act = pressKey(map, focus, event.key, isFree);
    if (act === null) return;
    event.preventDefault();
    switch (act.kind) {
      case 'zoom':
        zoomAt(act.factor, size.width / 2, size.height / 2);
        return;
      case 'whole':
        move(fitCamera(map.bounds, size), true);
        return;
      case 'pick':
        pick(act.seat);
        return;
      case 'into':
        if (act.focus.seat === null) on.area(act.focus.section);
        else moveFocus(act.focus);
        return;
      case 'out':
        moveFocus(act.focus);
        move(fitCamera(map.bounds, size), true);
        return;
      case 'moved':
        moveFocus(act.focus);
    }
  }

  function refit(element: HTMLElement): void {
    const { clientWidth, clientHeight } = element;
    if (clientWidth === 0 || clientHeight === 0) return;
    // A view of the whole hall stays one when the phone is turned; the hundredth allows for rounding.
    const isWhole =
      shown === null || camera === null || camera.scale <= fitCamera(shown.map.bounds, size).scale * 1.01;
    size = { width: clientWidth, height: clientHeight };
    painter?.resize(size, Math.min(pixelRatioMax, devicePixelRatio || 1));
    if (shown !== null) {
      const whole = fitCamera(shown.map.bounds, size);
      camera = isWhole || camera === null ? whole : clampCamera(camera, shown.map.bounds, size);
    }
    // Not in the next frame: a resized canvas is empty until it is painted.
    const now = scene();
    if (now !== null) painter?.paint(now);
  }

  function attachTo(element: HTMLElement): void {
    const canvas = element.querySelector('canvas');
    if (canvas === null) throw new Error('the map has no canvas');
    host = element;
    painter = createPainter(canvas, readLook(element));
    const stop = new AbortController();
    const { signal } = stop;
    const watcher = new ResizeObserver(() => refit(element));
    watcher.observe(element);
    // Events of the pointer belong to the canvas, keys to its focusable host.
    const unlisten = listen(canvas, {
      panned(dx, dy) {
        if (camera !== null) move(panCamera(camera, dx, dy), false);
      },
      zoomed: zoomAt,
      tapped,
    });
    element.addEventListener('keydown', keyPressed, { signal });
    element.addEventListener(
      'focus',
      () => {
        if (!element.matches(':focus-visible')) return;
        focus ??= { section: 0, seat: null };
        on.focused(focus);
        paintSoon();
      },
      { signal },
    );
    element.addEventListener('blur', paintSoon, { signal });
    matchMedia('(prefers-color-scheme: dark)').addEventListener(
      'change',
      () => {
        painter?.relook(readLook(element));
        paintSoon();
      },
      { signal },
    );
    refit(element);
    detach = () => {
      stop.abort();
      unlisten();
      watcher.disconnect();
      cancelAnimationFrame(frame);
      frame = 0;
    };
  }

  return {
    attach(element) {
      if (element === host) return;
      detach();
      detach = () => {};
      host = null;
      if (element !== null) attachTo(element);
    },
    show(next) {
      const before = shown;
      if (before !== null && isSame(before, next)) return;
      shown = next;
      const picksBefore = picked;
      picked = picksOf(next.map, next.seatIds);
      if (host === null || painter === null) return;
      if (before?.map !== next.map || camera === null) {
        camera = fitCamera(next.map.bounds, size);
        focus = null;
        refit(host);
        return;
      }
      const now = scene();
      // A planned painting or a movement repaints everything anyway.
      const isSettled = frame === 0 && glide === null && before.stageName === next.stageName;
      if (now === null || !isSettled || !patchChanges(painter, now, before, picksBefore)) paintSoon();
    },
    zoomBy(factor) {
      if (camera !== null) move(zoomCamera(camera, size, factor, size.width / 2, size.height / 2), true);
    },
    whole() {
      if (shown !== null) move(fitCamera(shown.map.bounds, size), true);
    },
    goTo,
  };
}

const isSame = (a: Shown, b: Shown) =>
  a.map === b.map && a.digits === b.digits && a.seatIds === b.seatIds && a.stageName === b.stageName;
