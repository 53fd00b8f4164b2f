import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestAvailable } from '#core/sale/best-available.ts';
import { indexSeats, layoutProblems } from '#core/sale/seat-index.ts';
import { testSections } from '../../../../support/sale/seat-sections.ts';

const index = indexSeats({ eventId: 'sale', revision: 1, sections: testSections });
const find = (
  taken: readonly string[],
  wish: Parameters<typeof bestAvailable>[2],
  startAt = 0,
  blocksMax = 1,
) => bestAvailable(index, (place) => !taken.includes(index.seatIds[place] ?? ''), wish, startAt, blocksMax);
const row = (label: number, ...seats: number[]) => seats.map((seat) => `A-${label}-${seat}`);

describe('best available', () => {
  it('the best seats are in the front and in the middle', () => {
    expect(find([], { count: 2 })).toEqual([row(1, 5, 6)]);
    expect(find([], { count: 4 })).toEqual([row(1, 4, 5, 6, 7)]);
  });

  it('a row further back is better than seats far to the side', () => {
    expect(find(row(1, 3, 4, 5, 6, 7, 8), { count: 2 })).toEqual([row(2, 5, 6)]);
    expect(find(row(1, 5, 6), { count: 2 })).toEqual([row(1, 3, 4)]);
  });

  it('the best seats leave no single seat over if possible', () => {
    // 4 and 5 would be nearer to the middle, but leave 6 alone.
    expect(find([...row(1, 7, 8, 9, 10), ...row(2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)], { count: 2 })).toEqual([
      row(1, 5, 6),
    ]);
  });

  it('the best seats are in the wished section and grade', () => {
    expect(find([], { count: 1, section: 'FLOOR' })).toEqual([['FLOOR-1']]);
    expect(find([], { count: 3, grade: 'S' }, 0.95)).toEqual([['FLOOR-20', 'FLOOR-1', 'FLOOR-2']]);
    expect(find([], { count: 1, section: 'FLOOR', grade: 'R' })).toEqual([]);
    expect(find([], { count: 1, section: 'NOWHERE' })).toEqual([]);
  });

  it('numbered seats come before a standing area wherever it is, unless its grade is wished', () => {
    const [seated, standing] = testSections;
    if (seated === undefined || standing === undefined) throw new Error('no sections');
    const floorFirst = indexSeats({ eventId: 'sale', revision: 1, sections: [standing, seated] });
    const all = (wish: Parameters<typeof bestAvailable>[2]) =>
      bestAvailable(floorFirst, () => true, wish, 0, 1);
    expect(all({ count: 2 })).toEqual([row(1, 5, 6)]);
    expect(all({ count: 2, grade: 'S' })).toEqual([['FLOOR-1', 'FLOOR-2']]);
    expect(all({ count: 11 })[0]?.[0]).toBe('FLOOR-1');
  });

  it('a group that fits no row gets places in the standing area, or none', () => {
    expect(find([], { count: 11 }, 0)[0]?.every((seatId) => seatId.startsWith('FLOOR'))).toBe(true);
    expect(find([], { count: 11, section: 'A' })).toEqual([]);
  });

  it('groups are free and adjacent, have the requested size and share no seat, whatever is taken', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(index.seatIds.length - 1)),
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (places, count, startAt) => {
          const taken = places.map((place) => index.seatIds[place] ?? '');
          const groups = find(taken, { count }, startAt, 50);
          const seats = groups.flat();
          expect(new Set(seats).size).toBe(seats.length);
          expect(seats.some((seatId) => taken.includes(seatId))).toBe(false);
          for (const group of groups) {
            expect(group).toHaveLength(count);
            expect(new Set(group.map((seatId) => seatId.slice(0, seatId.lastIndexOf('-')))).size).toBe(1);
            if (!group[0]?.startsWith('A')) continue;
            const numbers = group.map((seatId) => Number(seatId.split('-')[2]));
            expect(numbers).toEqual(numbers.map((_, step) => (numbers[0] ?? 0) + step));
          }
          // No result means that no group fits.
          const free = index.seatIds.map((seatId) => (taken.includes(seatId) ? ' ' : 'x')).join('');
          const [rowOne, rowTwo, floor] = [free.slice(0, 10), free.slice(10, 20), free.slice(20)];
          const fits =
            [rowOne, rowTwo].some((text) => text.includes('x'.repeat(count))) ||
            floor.replaceAll(' ', '').length >= count;
          expect(groups.length > 0).toBe(fits);
        },
      ),
    );
  });
});

describe('a layout', () => {
  it('a layout has its seats with their places and prices', () => {
    expect(index.seatIds).toHaveLength(40);
    expect(index.placeOf('A-2-1')).toBe(10);
    expect(index.placeOf('FLOOR-20')).toBe(39);
    expect(index.placeOf('A-2-11')).toBeUndefined();
    expect(index.placeOf('FLOOR-0')).toBeUndefined();
    expect(index.amountsKrw(['A-1-1', 'FLOOR-1'])).toEqual([50_000, 30_000]);
  });

  it('a layout with a repeated section or row, or too many seats, is refused with its name', () => {
    const [seated, standing] = testSections;
    if (seated?.kind !== 'seated' || standing === undefined) throw new Error('no sections');
    const problems = (sections: typeof testSections, seatsMax = 100) =>
      layoutProblems({ eventId: 'sale', revision: 1, sections }, seatsMax);
    expect(problems(testSections)).toEqual([]);
    expect(problems([seated, seated])).toEqual(['section A is there twice']);
    const rows = [...seated.rows, ...seated.rows];
    expect(problems([{ ...seated, rows }])).toEqual(['section A has two rows of one name']);
    expect(problems(testSections, 39)).toEqual(['40 seats are more than 39']);
  });
});
