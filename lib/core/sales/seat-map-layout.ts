import type { SeatLayout, Section } from '#contract/sales.ts';

/**
 * Where a layout's sections lie on the map. A layout says how many seats each row has and nothing of the hall, so the
 * sections stand in arcs around a stage, in the organizer's order, each turned towards it:
 *
 *               ▂▂▂▂ stage
 *           ╱    ┃    ╲          one unit of the map is the distance of two seats;
 *        ╱ A ╲ ┃ B ┃ ╱ C ╲       the arcs' common centre is (0, 0), y grows away from the stage
 *      ╱  D ╲ ┃ E ┃ F ┃ ╱ G  ╲
 *
 * Types only are imported: this runs in the browser.
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
  /** Radians by which its rows are turned; 0 lies straight before the stage. */
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

/** All arcs together span this much: sections at the ends still look at the stage rather than at each other. */
const arcMax = (140 / 180) * Math.PI;
/** Radius of the first arc, in mean section widths: about three sections fit. */
const firstRadiusWidths = 1.25;
const firstRadiusMin = 10;
const gap = 2;
/** Seats that a person who stands takes of the map. */
const standingArea = 0.45;
const standingAspect = 2.2;
/** Around a section's seats. */
export const sectionPadding = 0.5;

export function placeSections(layout: SeatLayout): SeatMap {
  const sized = layout.sections.map(sizeOf);
  const meanWidth = sized.reduce((sum, { width }) => sum + width, 0) / Math.max(1, sized.length);
  const firstRadius = Math.max(firstRadiusMin, meanWidth * firstRadiusWidths);
  const sections: PlacedSection[] = [];
  let radius = firstRadius;
  for (let next = 0; next < sized.length; ) {
    const band = nextBand(sized, next, radius);
    next += band.length;
    sections.push(...placeBand(band, radius));
    radius = gap + Math.max(...band.map(({ width, height }) => Math.hypot(radius + height, width / 2)));
  }
  const stage = { radius: firstRadius - gap, halfAngle: Math.PI / 7, depth: Math.max(3, firstRadius * 0.16) };
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

/** Half the angle that a section takes of an arc: up to its inner corners, so that neighbours never overlap. */
const halfAngleOf = ({ width }: Sized, radius: number) => Math.atan((width + gap) / 2 / radius);

/** As many sections as the arc holds, at least one; where every grade is one run of sections, a grade begins an arc. */
function nextBand(sized: readonly Sized[], from: number, radius: number): readonly Sized[] {
  const isByGrade = gradesAreRuns(sized);
  let angle = 0;
  let to = from;
  for (const candidate of sized.slice(from)) {
    angle += 2 * halfAngleOf(candidate, radius);
    const isOther = isByGrade && candidate.section.grade !== sized[from]?.section.grade;
    if (to > from && (angle > arcMax || isOther)) break;
    to += 1;
  }
  return sized.slice(from, to);
}

function gradesAreRuns(sized: readonly Sized[]): boolean {
  const grades = sized.map(({ section }) => section.grade);
  const changes = grades.filter((grade, index) => grade !== grades[index - 1]).length;
  return changes === new Set(grades).size;
}

function placeBand(band: readonly Sized[], radius: number): PlacedSection[] {
  const whole = band.reduce((sum, sized) => sum + 2 * halfAngleOf(sized, radius), 0);
  // The first of the layout stands on the left.
  let at = whole / 2;
  return band.map((sized) => {
    const half = halfAngleOf(sized, radius);
    const angle = at - half;
    at -= 2 * half;
    const middle = radius + sized.height / 2;
    return { ...sized, angle, x: -middle * Math.sin(angle), y: middle * Math.cos(angle) };
  });
}

/** A point of a section, given from its upper left corner, on the map. */
export function onMap(placed: PlacedSection, localX: number, localY: number): { x: number; y: number } {
  const dx = localX - placed.width / 2;
  const dy = localY - placed.height / 2;
  const [sin, cos] = [Math.sin(placed.angle), Math.cos(placed.angle)];
  return { x: placed.x + dx * cos - dy * sin, y: placed.y + dx * sin + dy * cos };
}

/** The other way round. */
export function inSection(placed: PlacedSection, x: number, y: number): { x: number; y: number } {
  const [dx, dy] = [x - placed.x, y - placed.y];
  const [sin, cos] = [Math.sin(placed.angle), Math.cos(placed.angle)];
  return { x: dx * cos + dy * sin + placed.width / 2, y: dy * cos - dx * sin + placed.height / 2 };
}

export function sectionBounds(placed: PlacedSection): Rect {
  return around([
    onMap(placed, 0, 0),
    onMap(placed, placed.width, 0),
    onMap(placed, 0, placed.height),
    onMap(placed, placed.width, placed.height),
  ]);
}

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
