import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeatLayout } from '#contract/sale.ts';
import { indexSeats } from '#core/sale/seat-index.ts';
import {
  clampCamera,
  fitCamera,
  interpolateCameras,
  panCamera,
  scaleMax,
  toMap,
  toPicture,
  zoomCamera,
} from '../../../../../web/sale/seats/map-camera.ts';
import {
  areTogether,
  changedSeats,
  choiceCount,
  choiceKrw,
  emptyChoice,
  markTaken,
  setStanding,
  toggleSeat,
  wishOf,
  withoutTaken,
} from '../../../../../web/sale/seats/map-choice.ts';
import { type Focus, pressKey } from '../../../../../web/sale/seats/map-focus.ts';
import { cornersOf, inSection, onMap, placeSections } from '../../../../../web/sale/seats/map-layout.ts';
import {
  findSeat,
  rowOf,
  seatAt,
  seatBeside,
  seatIdAt,
  seatOnMap,
  sectionAt,
  sectionBeside,
} from '../../../../../web/sale/seats/map-seats.ts';
import { layout as small } from '../fake-sale-ports.ts';

const grades = ['VIP', 'R', 'S', 'A'];
const layouts: fc.Arbitrary<SeatLayout> = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          rows: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }),
          grade: fc.constantFrom(...grades),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          capacity: fc.integer({ min: 1, max: 5_000 }),
          grade: fc.constantFrom(...grades),
        }),
      },
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((sections) => ({
    eventId: 'spring',
    revision: 1,
    sections: sections.map((own, at) => {
      const common = { id: `S${at}`, name: { ko: '가', en: 'a' }, grade: own.grade, priceKrw: 1000 * at };
      return 'capacity' in own
        ? { kind: 'standing' as const, ...common, capacity: own.capacity }
        : {
            kind: 'seated' as const,
            ...common,
            rows: own.rows.map((seats, row) => ({ label: String(row + 1), seats })),
          };
    }),
  }));

/** True if a straight line along a side of one of the sections separates them. */
function areApart(a: ReturnType<typeof cornersOf>, b: ReturnType<typeof cornersOf>): boolean {
  const sides = [a, b].flatMap((corners) =>
    corners.map((from, at) => {
      const to = corners[(at + 1) % corners.length] ?? from;
      return { x: to.y - from.y, y: from.x - to.x };
    }),
  );
  return sides.some(({ x, y }) => {
    const [ofA, ofB] = [a, b].map((corners) => corners.map((corner) => corner.x * x + corner.y * y));
    if (!ofA || !ofB) return false;
    return Math.max(...ofA) <= Math.min(...ofB) + 1e-6 || Math.max(...ofB) <= Math.min(...ofA) + 1e-6;
  });
}

describe('the layout of the map', () => {
  it('every section is placed once, in the layout’s order and without overlap', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const map = placeSections(layout);
        expect(map.sections.map(({ section }) => section.id)).toEqual(layout.sections.map(({ id }) => id));
        const corners = map.sections.map(cornersOf);
        for (const [at, a] of corners.entries())
          for (const b of corners.slice(at + 1)) expect(areApart(a, b)).toBe(true);
        for (const { x, y } of corners.flat()) {
          expect(x).toBeGreaterThanOrEqual(map.bounds.left - 1e-6);
          expect(x).toBeLessThanOrEqual(map.bounds.right + 1e-6);
          expect(y).toBeGreaterThanOrEqual(map.bounds.top - 1e-6);
          expect(y).toBeLessThanOrEqual(map.bounds.bottom + 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('the seats have the ids and the order of the contract', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const map = placeSections(layout);
        const own = map.sections.flatMap(({ seatCount }, section) =>
          Array.from({ length: Math.min(seatCount, 300) }, (_, seat) => seatIdAt(map, { section, seat })),
        );
        const server = indexSeats(layout);
        expect(map.seatCount).toBe(server.seatIds.length);
        expect(own).toEqual(server.sections.flatMap(({ seatIds }) => seatIds.slice(0, 300)));
      }),
      { numRuns: 30 },
    );
  });

  it('a point yields its seat, and the seat id yields the same seat', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.nat(), (layout, a, b) => {
        const map = placeSections(layout);
        const section = a % map.sections.length;
        const placed = map.sections[section];
        if (!placed) throw new Error('no section');
        const seat = b % placed.seatCount;
        const seatId = seatIdAt(map, { section, seat }) ?? '';
        expect(findSeat(map, seatId)).toEqual({ section, seat });
        if (placed.section.kind === 'standing') return;
        const point = seatOnMap(map, { section, seat });
        expect(sectionAt(map, point.x, point.y)).toBe(section);
        expect(seatAt(map, point.x, point.y)).toEqual({ section, seat });
        const local = inSection(placed, point.x, point.y);
        const back = onMap(placed, local.x, local.y);
        expect([back.x, back.y].map((n) => n.toFixed(6))).toEqual(
          [point.x, point.y].map((n) => n.toFixed(6)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('a point outside the seats and an unknown seat id yield no seat', () => {
    const map = placeSections(small);
    const { left, top } = map.bounds;
    expect(seatAt(map, left - 1, top - 1)).toBeUndefined();
    // Beside the end of a row that is shorter than its section.
    const last = seatOnMap(map, { section: 0, seat: 3 });
    expect(seatAt(map, last.x, last.y)).toEqual({ section: 0, seat: 3 });
    expect(seatAt(map, last.x + 1, last.y)).toBeUndefined();
    const first = seatOnMap(map, { section: 0, seat: 0 });
    expect(seatAt(map, first.x - 1, first.y)).toBeUndefined();
    for (const wrong of ['A-1-5', 'A-1-0', 'A-3-1', 'B-1-1', 'A-1', 'ST-9', 'ST-0', 'ST-1-1', ''])
      expect(findSeat(map, wrong), wrong).toBeUndefined();
    expect(seatIdAt(map, { section: 0, seat: 10 })).toBeUndefined();
  });

  it('100,000 seats fill an area between 1:2 and 5:2', () => {
    const rows = Array.from({ length: 20 }, (_, row) => ({ label: String(row + 1), seats: 25 }));
    const section = (at: number) => ({
      kind: 'seated' as const,
      id: `S${at}`,
      name: { ko: '가', en: 'a' },
      grade: grades[Math.floor(at / 50)] ?? 'A',
      priceKrw: 1,
      rows,
    });
    const map = placeSections({
      eventId: 'spring',
      revision: 1,
      sections: Array.from({ length: 200 }, (_, at) => section(at)),
    });
    const { left, right, top, bottom } = map.bounds;
    expect(map.seatCount).toBe(100_000);
    expect((right - left) / (bottom - top)).toBeGreaterThan(0.5);
    expect((right - left) / (bottom - top)).toBeLessThan(2.5);
  });
});

describe('the camera', () => {
  const map = placeSections(small);
  const size = { width: 360, height: 420 };
  const whole = fitCamera(map.bounds, size);

  it('the camera shows the whole hall at first and stays between its limits', () => {
    const { left, top, right, bottom } = map.bounds;
    for (const [x, y] of [
      [left, top],
      [right, bottom],
    ] as const) {
      const at = toPicture(whole, size, x, y);
      expect(at.x).toBeGreaterThanOrEqual(0);
      expect(at.x).toBeLessThanOrEqual(size.width);
      expect(at.y).toBeGreaterThanOrEqual(0);
      expect(at.y).toBeLessThanOrEqual(size.height);
    }
    expect(clampCamera({ ...whole, scale: 0.001 }, map.bounds, size)).toEqual(whole);
    expect(clampCamera({ ...whole, scale: 1e9 }, map.bounds, size).scale).toBe(scaleMax);
  });

  it('a zoom keeps the point under the fingers in place', () => {
    const px = fc.integer({ min: 0, max: 360 });
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), px, px, (factor, x, y) => {
        const before = toMap(whole, size, x, y);
        const after = toPicture(zoomCamera(whole, size, factor, x, y), size, before.x, before.y);
        expect(after.x).toBeCloseTo(x, 6);
        expect(after.y).toBeCloseTo(y, 6);
      }),
    );
  });

  it('the camera stays on the hall and moves evenly between two views', () => {
    const near = zoomCamera(whole, size, 4, 180, 200);
    const far = clampCamera(panCamera(near, 1e6, -1e6), map.bounds, size);
    expect(far.x).toBeGreaterThanOrEqual(map.bounds.left);
    expect(far.y).toBeLessThanOrEqual(map.bounds.bottom);
    expect(interpolateCameras(whole, near, 0)).toEqual(whole);
    expect(interpolateCameras(whole, near, 1).scale).toBeCloseTo(near.scale, 9);
  });
});

describe('the keys of the map', () => {
  const map = placeSections(small);
  const free = () => true;
  const press = (focus: Focus | null, key: string) => pressKey(map, focus, key, free);

  it('keys enter a section, move from seat to seat, pick a seat and leave the section', () => {
    expect(press(null, 'ArrowRight')).toEqual({ kind: 'moved', focus: { section: 0, seat: null } });
    expect(press({ section: 0, seat: null }, 'Enter')).toEqual({
      kind: 'into',
      focus: { section: 0, seat: 2 },
    });
    expect(press({ section: 0, seat: 2 }, 'ArrowLeft')).toEqual({
      kind: 'moved',
      focus: { section: 0, seat: 1 },
    });
    // Row 2 has two seats more, so seat 3 of six is straight behind seat 2 of four.
    expect(press({ section: 0, seat: 1 }, 'ArrowDown')).toEqual({
      kind: 'moved',
      focus: { section: 0, seat: 6 },
    });
    expect(press({ section: 0, seat: 6 }, 'ArrowUp')).toEqual({
      kind: 'moved',
      focus: { section: 0, seat: 1 },
    });
    expect(press({ section: 0, seat: 6 }, 'End')).toEqual({ kind: 'moved', focus: { section: 0, seat: 9 } });
    expect(press({ section: 0, seat: 6 }, 'Home')).toEqual({ kind: 'moved', focus: { section: 0, seat: 4 } });
    expect(press({ section: 0, seat: 6 }, ' ')).toEqual({ kind: 'pick', seat: { section: 0, seat: 6 } });
    expect(press({ section: 0, seat: 6 }, 'Escape')).toEqual({
      kind: 'out',
      focus: { section: 0, seat: null },
    });
  });

  it('Enter focuses a free seat of a section, and no seat of a standing area', () => {
    const act = pressKey(map, { section: 0, seat: null }, 'Enter', ({ seat }) => seat === 8);
    expect(act).toEqual({ kind: 'into', focus: { section: 0, seat: 8 } });
    expect(press({ section: 1, seat: null }, 'Enter')).toEqual({
      kind: 'into',
      focus: { section: 1, seat: null },
    });
  });

  it('the map handles neither Tab nor letters, so the focus can leave it', () => {
    for (const key of ['Tab', 'a', 'F5', 'PageDown']) expect(press({ section: 0, seat: 1 }, key)).toBeNull();
    expect(press({ section: 0, seat: null }, 'Escape')).toBeNull();
  });

  it('arrows reach every section and never leave the map', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), (layout, n) => {
        const hall = placeSections(layout);
        const section = n % hall.sections.length;
        const seats = hall.sections[section]?.seatCount ?? 1;
        for (const direction of ['left', 'right', 'up', 'down'] as const) {
          const next = seatBeside(hall, { section, seat: n % seats }, direction);
          expect(seatIdAt(hall, next)).toBeDefined();
          expect(hall.sections[sectionBeside(hall, section, direction)]).toBeDefined();
        }
        // Steps to the right from the first section reach every other one.
        const reached = new Set([0]);
        for (const from of reached) reached.add(sectionBeside(hall, from, 'right'));
        expect(reached.size).toBe(hall.sections.length);
      }),
      { numRuns: 60 },
    );
  });

  it('every seat has a row', () => {
    const [placed] = map.sections;
    if (!placed) throw new Error('no section');
    expect(Array.from({ length: 10 }, (_, seat) => rowOf(placed, seat))).toEqual([
      0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
    ]);
  });
});

describe('the functions of a choice', () => {
  const map = placeSections(small);
  const digits = { A: '0000000000', ST: '00000000' };
  const pick = (choice: typeof emptyChoice, seatId: string, seatsMax = 4) =>
    toggleSeat(choice, seatId, { isFree: true, seatsMax }).choice;

  it('a choice counts seats and standing people and adds their prices', () => {
    const choice = setStanding(pick(emptyChoice, 'A-1-1'), 'ST', 2, { free: 8, seatsMax: 4 });
    expect([choiceCount(choice), choiceKrw(map, choice)]).toEqual([3, 200_000]);
    expect(setStanding(choice, 'ST', 0, { free: 8, seatsMax: 4 }).standing).toEqual({});
    expect(setStanding(choice, 'ST', 9, { free: 1, seatsMax: 4 }).standing).toEqual({ ST: 1 });
  });

  it('a choice loses exactly the seats that are taken', () => {
    const choice = pick(pick(emptyChoice, 'A-1-1'), 'A-2-1');
    const after = withoutTaken(map, choice, markTaken(map, digits, ['A-2-1', 'A-9-9']));
    expect([after.choice.seatIds, after.lost]).toEqual([['A-1-1'], ['A-2-1']]);
    expect(withoutTaken(map, choice, digits).choice).toBe(choice);
  });

  it('seats are together if they are neighbours in one row', () => {
    expect(areTogether(map, ['A-1-3', 'A-1-1', 'A-1-2'])).toBe(true);
    expect(areTogether(map, ['A-1-1', 'A-1-3'])).toBe(false);
    // The last seat of a row and the first of the next are neighbours in the list, but not in the hall.
    expect(areTogether(map, ['A-1-4', 'A-2-1'])).toBe(false);
    expect(areTogether(map, [])).toBe(true);
  });

  it('a wish names only free standing places, as many as chosen', () => {
    const choice = { seatIds: ['A-1-1'], standing: { ST: 3 } };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (dice) => {
        const wish = wishOf(map, choice, { A: digits.A, ST: '10101011' }, dice);
        expect('seatIds' in wish && [...wish.seatIds].sort()).toEqual(['A-1-1', 'ST-2', 'ST-4', 'ST-6']);
      }),
    );
  });

  it('changed seats are exactly the seats whose status differs', () => {
    const digitString = fc.string({ unit: fc.constantFrom('0', '1', '2'), minLength: 50, maxLength: 50 });
    fc.assert(
      fc.property(digitString, digitString, (before, after) => {
        const changed = new Set(changedSeats(before, after));
        for (let seat = 0; seat < 50; seat += 1) expect(changed.has(seat)).toBe(before[seat] !== after[seat]);
      }),
    );
    expect(changedSeats('010', '010')).toEqual([]);
  });
});
