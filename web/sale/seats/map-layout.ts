import type { SeatLayout, Section } from '#contract/sale.ts';

/**
 * Places the sections of a layout on the map. A layout has the seats of each row and no shape of the hall, so the sections
 * form arcs around a stage, in the organizer's order, each turned towards it:
 *
 *               ▂▂▂▂ stage
 *           ╱    ┃    ╲          one unit of the map is the distance between two seats;
 *        ╱ A ╲ ┃ B ┃ ╱ C ╲       the arcs' common centre is (0, 0), y grows away from the stage
 *      ╱  D ╲ ┃ E ┃ F ┃ ╱ G  ╲
 *
 * Imports types only: the browser would load a schema library otherwise.
 */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface PlacedSection {
  readonly section: Section;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Radians by which its rows are turned; 0 is straight in front of the stage. */
  readonly angle: number;
  /** Along the rows, and across them. */
  readonly width: number;
  readonly height: number;
  /** Index of each row's first seat, and the number of seats at the end; empty for a standing area. */
  readonly rowStarts: readonly number[];
  readonly seatCount: number;
}

export interface SeatMap {
  readonly layout: SeatLayout;
  readonly sections: readonly PlacedSection[];
  readonly stage: { readonly radius: number; readonly halfAngle: number; readonly depth: number };
  readonly bounds: Rect;
  readonly seatCount: number;
}

/** Widths of an arc that are tried. The one whose map is nearest to a screen's shape is used. */
const arcs = [60, 80, 100, 120, 140].map((degrees) => (degrees / 180) * Math.PI);
/** Width by height: between an upright phone and a wide screen. */
const wantedAspect = 1.15;
/** Steps of the search for an even distribution. */
const evenSteps = 12;
/** Radius of the first arc, in mean section widths: about three sections fit. */
const firstRadiusWidths = 1.25;
const firstRadiusMin = 10;
const gap = 2;
/** Area of a standing person on the map, in seats. */
const standingArea = 0.45;
const standingAspect = 2.2;
/** Steps of the search for the nearest radius. */
const fitSteps = 8;
/** Around a section's seats. */
export const sectionPadding = 0.5;

export function placeSections(layout: SeatLayout): SeatMap {
  const sized = layout.sections.map(sizeOf);
  const maps = arcs.map((arc) => placeInArcs(layout, sized, arc));
  const oddness = ({ bounds: { left, top, right, bottom } }: SeatMap) =>
    Math.abs(Math.log((right - left) / (bottom - top) / wantedAspect));
  return maps.reduce((best, map) => (oddness(map) < oddness(best) ? map : best));
}

function placeInArcs(layout: SeatLayout, sized: readonly Sized[], arc: number): SeatMap {
  const meanWidth = sized.reduce((sum, { width }) => sum + width, 0) / Math.max(1, sized.length);
  const firstRadius = Math.max(firstRadiusMin, meanWidth * firstRadiusWidths);
  const sections: PlacedSection[] = [];
  let radius = firstRadius;
  for (const run of gradeRuns(sized)) {
    for (const band of evenBands(run, radius, arc)) {
      const placed = placeBehind(sections, band, radius);
      sections.push(...placed.band);
      radius = placed.radius + Math.max(...band.map(({ height }) => height)) + gap;
    }
  }
  const stage = stageBefore(sections, firstRadius);
  return {
    layout,
    sections,
    stage,
    bounds: boundsOf(sections, stage),
    seatCount: sections.reduce((sum, { seatCount }) => sum + seatCount, 0),
  };
}

type Sized = Omit<PlacedSection, 'x' | 'y' | 'angle'>;

function sizeOf(section: Section): Sized {
  if (section.kind === 'standing') {
    const width = Math.max(8, Math.sqrt(section.capacity * standingArea * standingAspect));
    return {
      section,
      width,
      height: Math.max(4, width / standingAspect),
      rowStarts: [],
      seatCount: section.capacity,
    };
  }
  const rowStarts = [0];
  for (const { seats } of section.rows) rowStarts.push((rowStarts.at(-1) ?? 0) + seats);
  const widest = section.rows.reduce((most, { seats }) => Math.max(most, seats), 1);
  return {
    section,
    width: widest + 2 * sectionPadding,
    height: section.rows.length + 2 * sectionPadding,
    rowStarts,
    seatCount: rowStarts.at(-1) ?? 0,
  };
}

/** Half the angle of a section on its arc, measured at its inner corners, so that neighbours never overlap. */
const halfAngleOf = ({ width }: Sized, radius: number) => Math.atan((width + gap) / 2 / radius);

/** Smallest radius beyond the furthest corner of an arc. */
const radiusAfter = (band: readonly Sized[], radius: number) =>
  gap + Math.max(...band.map(({ width, height }) => Math.hypot(radius + height, width / 2)));

/** If the layout lists the grades one after another, each grade starts a new arc; else all sections are one run. */
function gradeRuns(sized: readonly Sized[]): readonly (readonly Sized[])[] {
  const runs: Sized[][] = [];
  for (const one of sized) {
    const run = runs.at(-1);
    if (run !== undefined && run[0]?.section.grade === one.section.grade) run.push(one);
    else runs.push([one]);
  }
  const grades = new Set(sized.map(({ section }) => section.grade));
  return runs.length === grades.size ? runs : [sized];
}

/** The fewest arcs that the width allows, filled evenly: no last arc with a single section. */
function evenBands(run: readonly Sized[], radius: number, arc: number): readonly (readonly Sized[])[] {
  let best = bandsWithin(run, radius, arc);
  let [low, high] = [0, arc];
  for (let step = 0; step < evenSteps; step += 1) {
    const middle = (low + high) / 2;
    const bands = bandsWithin(run, radius, middle);
    if (bands.length <= best.length) [best, high] = [bands, middle];
    else low = middle;
  }
  return best;
}

/** Arcs of at most this width, each with at least one section. */
function bandsWithin(run: readonly Sized[], firstRadius: number, arc: number): readonly (readonly Sized[])[] {
  const bands: Sized[][] = [];
  let radius = firstRadius;
  let angle = 0;
  for (const one of run) {
    const band = bands.at(-1);
    const wider = angle + 2 * halfAngleOf(one, radius);
    if (band !== undefined && wider <= arc) {
      band.push(one);
      angle = wider;
      continue;
    }
    if (band !== undefined) radius = radiusAfter(band, radius);
    bands.push([one]);
    angle = 2 * halfAngleOf(one, radius);
  }
  return bands;
}

/**
 * Places an arc as near as possible: every corner of the placed sections is in front of the front line of each new section,
 * so that no two overlap.
 */
function placeBehind(
  standing: readonly PlacedSection[],
  band: readonly Sized[],
  nearest: number,
): { readonly band: readonly PlacedSection[]; readonly radius: number } {
  const corners = standing.flatMap(cornersOf);
  let radius = nearest;
  for (let step = 0; step < fitSteps; step += 1) {
    const placed = placeBand(band, radius);
    const needed = placed.reduce((most, { angle }) => {
      const [x, y] = [-Math.sin(angle), Math.cos(angle)];
      return corners.reduce((far, corner) => Math.max(far, corner.x * x + corner.y * y + gap), most);
    }, 0);
    if (needed <= radius) return { band: placed, radius };
    // A little more than needed, so that rounding does not repeat the step.
    radius = needed + 0.01;
  }
  const beyondAll = gap + corners.reduce((far, { x, y }) => Math.max(far, Math.hypot(x, y)), nearest);
  return { band: placeBand(band, beyondAll), radius: beyondAll };
}

/** The stage: nearly as wide as the sections of the first grade together, and at most 60 degrees. */
function stageBefore(sections: readonly PlacedSection[], firstRadius: number): SeatMap['stage'] {
  const [first] = sections;
  const radius = firstRadius - gap;
  const front = sections.filter(({ section }) => section.grade === first?.section.grade);
  const half = front.reduce((most, { x, width }) => Math.max(most, Math.abs(x) + width / 3), 0);
  return { radius, halfAngle: Math.min(Math.PI / 6, half / radius), depth: Math.min(5, radius * 0.3) };
}

function placeBand(band: readonly Sized[], radius: number): PlacedSection[] {
  const whole = band.reduce((sum, sized) => sum + 2 * halfAngleOf(sized, radius), 0);
  // The layout's first section is on the left, as the audience reads it.
  let at = whole / 2;
  return band.map((sized) => {
    const half = halfAngleOf(sized, radius);
    const angle = at - half;
    at -= 2 * half;
    const middle = radius + sized.height / 2;
    return { ...sized, angle, x: -middle * Math.sin(angle), y: middle * Math.cos(angle) };
  });
}

/** From a section's coordinates (origin: its upper left corner) to the map's. */
export function onMap(placed: PlacedSection, localX: number, localY: number): { x: number; y: number } {
  const dx = localX - placed.width / 2;
  const dy = localY - placed.height / 2;
  const [sin, cos] = [Math.sin(placed.angle), Math.cos(placed.angle)];
  return { x: placed.x + dx * cos - dy * sin, y: placed.y + dx * sin + dy * cos };
}

/** From the map's coordinates to a section's. */
export function inSection(placed: PlacedSection, x: number, y: number): { x: number; y: number } {
  const [dx, dy] = [x - placed.x, y - placed.y];
  const [sin, cos] = [Math.sin(placed.angle), Math.cos(placed.angle)];
  return { x: dx * cos + dy * sin + placed.width / 2, y: dy * cos - dx * sin + placed.height / 2 };
}

export const cornersOf = (placed: PlacedSection) => [
  onMap(placed, 0, 0),
  onMap(placed, placed.width, 0),
  onMap(placed, placed.width, placed.height),
  onMap(placed, 0, placed.height),
];

export const sectionBounds = (placed: PlacedSection): Rect => around(cornersOf(placed));

function boundsOf(sections: readonly PlacedSection[], stage: SeatMap['stage']): Rect {
  const half = stage.radius * Math.sin(stage.halfAngle);
  const back = stage.radius * Math.cos(stage.halfAngle) - stage.depth;
  const corners = sections.flatMap((placed) => {
    const { left, top, right, bottom } = sectionBounds(placed);
    return [
      { x: left, y: top },
      { x: right, y: bottom },
    ];
  });
  return around([...corners, { x: -half, y: back }, { x: half, y: stage.radius }]);
}

function around(points: readonly { readonly x: number; readonly y: number }[]): Rect {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}
