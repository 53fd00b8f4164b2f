import { paintNumbers, paintSectionName, paintStage } from './lettering.ts';
import { gradeLooks, type Look } from './look.ts';
import type { Camera, Size } from './map-camera.ts';
import { toMap } from './map-camera.ts';
import { freeDigit } from './map-choice.ts';
import { seenRows } from './map-focus.ts';
import { inSection, onMap, type PlacedSection, type SeatMap, sectionBounds } from './map-layout.ts';
import { rowLeft, rowLength, seatPoint } from './map-seats.ts';
import { numbersFromPx, peopleFromPx, type Scene, seatsFromPx, squaresFromPx } from './scene.ts';
import {
  lockedSprite,
  makeSprites,
  ownSprite,
  reservedSprite,
  type Sprite,
  type Sprites,
} from './sprites.ts';

export interface Painter {
  resize(size: Size, pixelRatio: number): void;
  relook(look: Look): void;
  /** Paints everything that is visible. */
  paint(scene: Scene): void;
  /** Paints only these seats of a section. False: not possible at this scale, so everything must be painted. */
  patch(scene: Scene, section: number, seats: readonly number[]): boolean;
}

/**
 * Draws the hall on one canvas (docs/adr/0070): the layout of 20,000 elements would be slow. The unit inside a section
 * is one seat, and the canvas's transformation turns and scales it.
 */
export function createPainter(canvas: HTMLCanvasElement, firstLook: Look): Painter {
  // Opaque: the browser need not blend 60 frames per second with the page below.
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('this browser draws no canvas');
  const paint: CanvasRenderingContext2D = context;
  let look = firstLook;
  let size: Size = { width: 1, height: 1 };
  let pixelRatio = 1;
  let sprites: Sprites | null = null;
  const noSprites: Sprites = { picture: canvas, px: 0 };
  let grades = new Map<string, number>();
  let gradesOf: SeatMap | null = null;

  const gradeOf = (scene: Scene, placed: PlacedSection) => {
    if (gradesOf !== scene.map) {
      gradesOf = scene.map;
      grades = gradePlaces(scene.map);
    }
    return (grades.get(placed.section.grade) ?? 0) % gradeLooks;
  };

  /** Pictures in device pixels; scaled ones would be blurred. */
  function spritesFor(scale: number): Sprites {
    const px = Math.max(8, Math.ceil(scale * pixelRatio));
    if (sprites?.px !== px) sprites = makeSprites(look, px);
    return sprites;
  }

  /** Sets the transformation from a section's units to device pixels. */
  function useSectionUnits(scene: Scene, placed: PlacedSection): void {
    const { camera } = scene;
    const k = camera.scale * pixelRatio;
    const corner = onMap(placed, 0, 0);
    const [sin, cos] = [Math.sin(placed.angle) * k, Math.cos(placed.angle) * k];
    paint.setTransform(
      cos,
      sin,
      -sin,
      cos,
      ((corner.x - camera.x) * camera.scale + size.width / 2) * pixelRatio,
      ((corner.y - camera.y) * camera.scale + size.height / 2) * pixelRatio,
    );
  }
  const usePixels = () => paint.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);

  function spriteOf(
    scene: Scene,
    section: number,
    seat: number,
    digit: string | undefined,
    grade: number,
  ): Sprite {
    if (scene.picked.get(section)?.has(seat)) return ownSprite;
    if (digit === freeDigit) return grade;
    return digit === '2' ? reservedSprite : lockedSprite;
  }

  function paintSheet(placed: PlacedSection, grade: number, share: number | null): void {
    const radius = Math.min(1.2, placed.height / 4);
    paint.beginPath();
    paint.roundRect(0, 0, placed.width, placed.height, radius);
    paint.fillStyle = look.sheet;
    paint.fill();
    if (share !== null) {
      // At a small scale the strength of the colour shows the share of free seats.
      paint.globalAlpha = share === 0 ? 0.08 : 0.16 + 0.5 * share;
      paint.fillStyle = share === 0 ? look.soft : (look.grades[grade] ?? look.ink);
      paint.fill();
      paint.globalAlpha = 1;
    }
    paint.strokeStyle = look.line;
    paint.lineWidth = 0.12;
    paint.stroke();
  }

  /** Visible rows and columns of a section: the corners of the canvas in the section's coordinates. */
  function seenPart(scene: Scene, placed: PlacedSection) {
    const corners = [
      [0, 0],
      [size.width, 0],
      [0, size.height],
      [size.width, size.height],
    ].map(([px = 0, py = 0]) => {
      const point = toMap(scene.camera, size, px, py);
      return inSection(placed, point.x, point.y);
    });
    const xs = corners.map(({ x }) => x);
    const ys = corners.map(({ y }) => y);
    return {
      left: Math.min(...xs),
      right: Math.max(...xs),
      rows: seenRows(placed, Math.min(...ys), Math.max(...ys)),
    };
  }

  function paintSeats(scene: Scene, section: number, placed: PlacedSection, grade: number): void {
    const digits = scene.digits[placed.section.id] ?? '';
    const { left, right, rows } = seenPart(scene, placed);
    const { scale } = scene.camera;
    const isPeople = scale >= peopleFromPx;
    const { picture, px } = isPeople ? spritesFor(scale) : noSprites;
    paint.fillStyle = look.grades[grade] ?? look.ink;
    for (let row = rows[0]; row < rows[1]; row += 1) {
      const start = placed.rowStarts[row] ?? 0;
      const x0 = rowLeft(placed, row);
      const from = Math.max(0, Math.floor(left - x0));
      const to = Math.min(rowLength(placed, row), Math.ceil(right - x0));
      const y = row + 0.5;
      if (scale < squaresFromPx) paintRuns(digits, start, from, to, x0, y);
      else
        for (let inRow = from; inRow < to; inRow += 1) {
          const digit = digits[start + inRow];
          if (isPeople) {
            const sprite = spriteOf(scene, section, start + inRow, digit, grade);
            paint.drawImage(picture, sprite * px, 0, px, px, x0 + inRow, y, 1, 1);
          } else if (digit === freeDigit) paint.fillRect(x0 + inRow + 0.14, y + 0.14, 0.72, 0.72);
        }
    }
    if (isPeople) return;
    paint.fillStyle = look.accent;
    for (const seat of scene.picked.get(section) ?? []) {
      const { x, y } = seatPoint(placed, seat);
      paint.beginPath();
      paint.arc(x, y, 0.75, 0, 7);
      paint.fill();
    }
  }

  /** At a small scale the gaps between free neighbours are thinner than a pixel, so a run is one rectangle. */
  function paintRuns(digits: string, start: number, from: number, to: number, x0: number, y: number): void {
    let run = from;
    for (let inRow = from; inRow <= to; inRow += 1) {
      if (inRow < to && digits[start + inRow] === freeDigit) continue;
      if (inRow > run) paint.fillRect(x0 + run + 0.14, y + 0.14, inRow - run - 0.28, 0.72);
      run = inRow + 1;
    }
  }

  function paintFocus(scene: Scene): void {
    const placed = scene.focus === null ? undefined : scene.map.sections[scene.focus.section];
    if (scene.focus === null || placed === undefined) return;
    useSectionUnits(scene, placed);
    paint.strokeStyle = look.accent;
    paint.lineWidth = 3 / scene.camera.scale;
    paint.beginPath();
    if (scene.focus.seat === null) {
      const out = 4 / scene.camera.scale;
      paint.roundRect(-out, -out, placed.width + 2 * out, placed.height + 2 * out, 1.2);
    } else {
      const { x, y } = seatPoint(placed, scene.focus.seat);
      paint.roundRect(x - 0.52, y - 0.52, 1.04, 1.04, 0.3);
    }
    paint.stroke();
  }

  return {
    resize(next, ratio) {
      size = next;
      pixelRatio = ratio;
      canvas.width = Math.max(1, Math.round(next.width * ratio));
      canvas.height = Math.max(1, Math.round(next.height * ratio));
      sprites = null;
    },
    relook(next) {
      look = next;
      sprites = null;
    },
    paint(scene) {
      usePixels();
      paint.fillStyle = look.paper;
      paint.fillRect(0, 0, size.width, size.height);
      paintStage(paint, look, scene, size);
      const isNear = scene.camera.scale >= seatsFromPx;
      const seen = scene.map.sections.map((placed) => isSeen(placed, scene.camera, size));
      for (const [section, placed] of scene.map.sections.entries()) {
        if (!seen[section]) continue;
        const grade = gradeOf(scene, placed);
        const isBlock = !isNear || placed.section.kind === 'standing';
        useSectionUnits(scene, placed);
        paintSheet(placed, grade, isBlock ? freeShare(scene, placed) : null);
        if (!isBlock) paintSeats(scene, section, placed, grade);
      }
      // Texts after all sections, so that no neighbour covers a name.
      usePixels();
      for (const [section, placed] of scene.map.sections.entries()) {
        if (!seen[section]) continue;
        paintSectionName(paint, look, { scene, size, placed, label: scene.label(section) });
        if (scene.camera.scale >= numbersFromPx && placed.section.kind === 'seated') {
          const part = seenPart(scene, placed);
          paintNumbers(paint, look, { scene, size, placed, section, part });
        }
      }
      paintFocus(scene);
    },
    patch(scene, section, seats) {
      const placed = scene.map.sections[section];
      const isPatchable = scene.camera.scale >= peopleFromPx && scene.camera.scale < numbersFromPx;
      if (placed?.section.kind !== 'seated' || !isPatchable) return false;
      const digits = scene.digits[placed.section.id] ?? '';
      const grade = gradeOf(scene, placed);
      const { picture, px } = spritesFor(scene.camera.scale);
      useSectionUnits(scene, placed);
      for (const seat of seats) {
        const { x, y } = seatPoint(placed, seat);
        paint.fillStyle = look.sheet;
        paint.fillRect(x - 0.5, y - 0.5, 1, 1);
        const sprite = spriteOf(scene, section, seat, digits[seat], grade);
        paint.drawImage(picture, sprite * px, 0, px, px, x - 0.5, y - 0.5, 1, 1);
      }
      if (scene.focus?.section === section) paintFocus(scene);
      return true;
    },
  };
}

/** Grades in the order in which the layout first names them. */
function gradePlaces(map: SeatMap): Map<string, number> {
  const places = new Map<string, number>();
  for (const { section } of map.sections) {
    if (!places.has(section.grade)) places.set(section.grade, places.size);
  }
  return places;
}

const shares = new Map<string, number>();
/** Twice the largest number of sections; a full map is cleared. */
const sharesMax = 400;
/** Share of free seats in a section, cached by its digits, because a pan reads it 60 times per second. */
function freeShare(scene: Scene, placed: PlacedSection): number {
  const digits = scene.digits[placed.section.id] ?? '';
  const known = shares.get(digits);
  if (known !== undefined) return known;
  let free = 0;
  for (let seat = 0; seat < digits.length; seat += 1) if (digits[seat] === freeDigit) free += 1;
  if (shares.size >= sharesMax) shares.clear();
  const share = free / Math.max(1, placed.seatCount);
  shares.set(digits, share);
  return share;
}

function isSeen(placed: PlacedSection, camera: Camera, size: Size): boolean {
  const { left, top, right, bottom } = sectionBounds(placed);
  const half = { x: size.width / 2 / camera.scale, y: size.height / 2 / camera.scale };
  return (
    right > camera.x - half.x &&
    left < camera.x + half.x &&
    bottom > camera.y - half.y &&
    top < camera.y + half.y
  );
}
