import type { SeatLayout } from '#contract/sale.ts';
import { type Look, readLook } from '../../../web/sale/seats/look.ts';
import { createSeatMap } from '../../../web/sale/seats/map.ts';
import { fitCamera, panCamera, type Size, zoomCamera } from '../../../web/sale/seats/map-camera.ts';
import { placeSections } from '../../../web/sale/seats/map-layout.ts';
import { createPainter } from '../../../web/sale/seats/painter.ts';
import type { Scene } from '../../../web/sale/seats/scene.ts';

/** Runs in the browser of test/e2e/seat-map.test.ts: a layout of 20,000 seats, its painter and its map. */
const rows = Array.from({ length: 20 }, (_, row) => ({ label: String(row + 1), seats: 25 }));
const layout: SeatLayout = {
  eventId: 'spring',
  revision: 1,
  sections: Array.from({ length: 40 }, (_, at) => ({
    kind: 'seated' as const,
    id: `S${at}`,
    name: { ko: `${at}구역`, en: `Section ${at}` },
    grade: ['VIP', 'R', 'S', 'A'][Math.floor(at / 10)] ?? 'A',
    priceKrw: 1000,
    rows,
  })),
};
const map = placeSections(layout);
const size: Size = { width: 960, height: 640 };
/** Returns the same statuses each time, with about half of the seats free. */
const digitsOf = (turn: number) =>
  Object.fromEntries(
    layout.sections.map(({ id }, section) => [
      id,
      Array.from({ length: 500 }, (_, seat) =>
        String(((seat * 7919 + section * 104_729 + turn * (seat % 97)) >> 3) % 3),
      ).join(''),
    ]),
  );

const canvas = document.querySelector('canvas');
const host = document.getElementById('map');
if (!canvas || !host) throw new Error('no map');
const look: Look = {
  ...readLook(canvas),
  paper: '#f5f1ea',
  sheet: '#fffdf9',
  ink: '#22203a',
  soft: '#5f5b72',
  line: '#ddd5c7',
  accent: '#b5401b',
  glow: '#f59a61',
  grades: ['#2b4f8c', '#1c7c6c', '#8556a6', '#96741a', '#5a6478', '#a0436b'],
};
const painter = createPainter(canvas, look);
const context = canvas.getContext('2d');
painter.resize(size, 1);

const whole = fitCamera(map.bounds, size);
const middle = map.sections[25] ?? map.sections[0];
const near = { x: middle?.x ?? 0, y: middle?.y ?? 0, scale: 12 };
const scene = (more: Partial<Scene>): Scene => ({
  map,
  digits: digitsOf(0),
  camera: whole,
  picked: new Map(),
  focus: null,
  label: (at) => ({ name: `Section ${at}`, free: '250 free' }),
  stageName: 'STAGE',
  ...more,
});
/** Reading a pixel waits until all drawing has finished. */
const settle = () => context?.getImageData(0, 0, 1, 1);

const turns = Array.from({ length: 8 }, (_, turn) => digitsOf(turn));
/** All 20,000 seats as single squares, at the smallest scale at which they are drawn separately. */
const allSeats = { ...whole, scale: Math.max(whole.scale, 2.7) };
const works = {
  pan: (frame: number) => painter.paint(scene({ camera: panCamera(allSeats, frame, frame / 2) })),
  'pan-near': (frame: number) => painter.paint(scene({ camera: panCamera(near, frame * 3, frame) })),
  zoom: (frame: number) => painter.paint(scene({ camera: zoomCamera(whole, size, 1 + frame / 6, 480, 320) })),
  'whole-update': (frame: number) =>
    painter.paint(scene({ camera: allSeats, digits: turns[frame % 8] ?? {} })),
  'near-update'(frame: number) {
    const now = scene({ camera: near, digits: turns[frame % 8] ?? {} });
    for (let section = 0; section < 40; section += 1)
      painter.patch(now, section, [frame % 500, (frame * 7) % 500]);
  },
};

function pixels(): Uint8ClampedArray {
  return context?.getImageData(0, 0, size.width, size.height).data ?? new Uint8ClampedArray();
}
function differing(a: Uint8ClampedArray, b: Uint8ClampedArray, least: number): number {
  let count = 0;
  for (let at = 0; at < a.length; at += 4) {
    const far = [0, 1, 2].some((part) => Math.abs((a[at + part] ?? 0) - (b[at + part] ?? 0)) > least);
    if (far) count += 1;
  }
  return count;
}
const changedThree = (() => {
  const before = digitsOf(0);
  const own = before.S25 ?? '';
  const seats = [200, 262, 310];
  const flipped = [...own]
    .map((digit, seat) => (seats.includes(seat) ? (digit === '0' ? '2' : '0') : digit))
    .join('');
  return { seats, digits: { ...before, S25: flipped } };
})();

const api = {
  seatCount: map.seatCount,
  picked: [] as string[],
  measure(what: keyof typeof works, frames: number) {
    const taken: number[] = [];
    for (let frame = 0; frame < frames; frame += 1) {
      const start = performance.now();
      works[what](frame);
      settle();
      taken.push(performance.now() - start);
    }
    taken.sort((a, b) => a - b);
    const at = (share: number) => taken[Math.min(taken.length - 1, Math.floor(share * taken.length))] ?? 0;
    return { median: at(0.5), p95: at(0.95), most: at(1) };
  },
  patch() {
    painter.paint(scene({ camera: near }));
    const before = pixels();
    painter.patch(scene({ camera: near, digits: changedThree.digits }), 25, changedThree.seats);
    return { patched: changedThree.seats.length, pixels: differing(before, pixels(), 8) };
  },
  /** Number of pixels in which a patch differs visibly from a full redraw. */
  differenceAfterPatch() {
    const now = scene({ camera: near, digits: changedThree.digits });
    painter.paint(scene({ camera: near }));
    painter.patch(now, 25, changedThree.seats);
    const patched = pixels();
    painter.paint(now);
    return differing(patched, pixels(), 60);
  },
  mount() {
    const hall = createSeatMap({
      picked: (seatId) => api.picked.push(seatId),
      area: () => {},
      focused: () => {},
    });
    hall.attach(host);
    hall.show({
      map,
      digits: Object.fromEntries(layout.sections.map(({ id }) => [id, '0'.repeat(500)])),
      seatIds: [],
      label: (at) => ({ name: `Section ${at}`, free: '' }),
      stageName: 'STAGE',
    });
  },
  /** True if nothing has moved between two frames. */
  async isStill() {
    const before = pixels();
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
    return differing(before, pixels(), 0) === 0;
  },
};
Reflect.set(window, 'seatMap', api);
