import type { Look } from './look.ts';
import { type Size, toPicture } from './map-camera.ts';
import { freeDigit } from './map-choice.ts';
import { onMap, type PlacedSection } from './map-layout.ts';
import { rowLeft, rowLength } from './map-seats.ts';
import { peopleFromPx, type Scene, seatsFromPx } from './scene.ts';

type Paint = CanvasRenderingContext2D;

/** Draws the stage and its name. Texts of the map are upright, in pixels, however a section is turned. */
export function paintStage(paint: Paint, look: Look, scene: Scene, size: Size): void {
  const { camera, map, stageName } = scene;
  const { radius, halfAngle, depth } = map.stage;
  const centre = toPicture(camera, size, 0, 0);
  const [outer, inner] = [radius * camera.scale, Math.max(0, radius - depth) * camera.scale];
  const [from, to] = [Math.PI / 2 - halfAngle, Math.PI / 2 + halfAngle];
  // The light of the waiting room's door falls from the stage.
  const light = paint.createRadialGradient(centre.x, centre.y, inner, centre.x, centre.y, outer + 60);
  light.addColorStop(0, look.glow);
  light.addColorStop(1, look.paper);
  paint.globalAlpha = 0.35;
  paint.fillStyle = light;
  paint.beginPath();
  paint.arc(centre.x, centre.y, outer + 60, from - 0.2, to + 0.2);
  paint.arc(centre.x, centre.y, inner, to, from, true);
  paint.fill();
  paint.globalAlpha = 1;
  paint.fillStyle = look.ink;
  paint.beginPath();
  paint.arc(centre.x, centre.y, outer, from, to);
  paint.arc(centre.x, centre.y, inner, to, from, true);
  paint.fill();
  const middle = toPicture(camera, size, 0, radius - depth / 2);
  const px = Math.min(18, (outer - inner) * 0.6);
  if (px < 6) return;
  setFont(paint, look, px, 700);
  paint.fillStyle = look.paper;
  paint.fillText(stageName, middle.x, middle.y);
}

export function paintSectionName(
  paint: Paint,
  look: Look,
  name: {
    readonly scene: Scene;
    readonly size: Size;
    readonly placed: PlacedSection;
    readonly label: { readonly name: string; readonly free: string };
  },
): void {
  const { scene, size, placed, label } = name;
  const { scale } = scene.camera;
  const isBlock = scale < seatsFromPx || placed.section.kind === 'standing';
  if (!isBlock) {
    // Above its first row, where no seat is.
    const at = onMap(placed, placed.width / 2, -0.35);
    const point = toPicture(scene.camera, size, at.x, at.y);
    const px = Math.min(15, Math.max(9, scale * 0.9));
    setFont(paint, look, px, 700);
    writeWithHalo(paint, look, label.name, point.x, point.y - px * 0.2);
    return;
  }
  const centre = toPicture(scene.camera, size, placed.x, placed.y);
  const across = placed.width * scale - 4;
  const most = Math.min(17, Math.max(8, Math.min(across, placed.height * scale * 3) / 4.5));
  // The name if it fits in a readable size, else the id, else nothing.
  let short = label.name;
  let px = fontPxWithin(paint, look, short, most, across);
  if (px < nameFromPx) {
    short = placed.section.id;
    px = fontPxWithin(paint, look, short, most, across);
    if (px < idFromPx) return;
  }
  setFont(paint, look, px, 800);
  const hasTwoLines = placed.height * scale > px * 2.4;
  writeWithHalo(paint, look, short, centre.x, centre.y - (hasTwoLines ? px * 0.55 : 0));
  if (!hasTwoLines) return;
  setFont(paint, look, px * 0.8, 500);
  writeWithHalo(paint, look, label.free, centre.x, centre.y + px * 0.6);
}

/** Writes the numbers of free seats, and the labels of rows on their left. */
export function paintNumbers(
  paint: Paint,
  look: Look,
  what: {
    readonly scene: Scene;
    readonly size: Size;
    readonly placed: PlacedSection;
    readonly section: number;
    readonly part: {
      readonly left: number;
      readonly right: number;
      readonly rows: readonly [number, number];
    };
  },
): void {
  const { scene, size, placed, section, part } = what;
  if (placed.section.kind !== 'seated') return;
  const digits = scene.digits[placed.section.id] ?? '';
  const picked = scene.picked.get(section);
  const { scale } = scene.camera;
  const write = (text: string, x: number, y: number) => {
    const at = onMap(placed, x, y);
    const point = toPicture(scene.camera, size, at.x, at.y);
    paint.fillText(text, point.x, point.y);
  };
  for (let row = part.rows[0]; row < part.rows[1]; row += 1) {
    const start = placed.rowStarts[row] ?? 0;
    const x0 = rowLeft(placed, row);
    setFont(paint, look, scale * 0.34, 700);
    paint.fillStyle = look.sheet;
    const to = Math.min(rowLength(placed, row), Math.ceil(part.right - x0));
    for (let inRow = Math.max(0, Math.floor(part.left - x0)); inRow < to; inRow += 1) {
      const isFree = digits[start + inRow] === freeDigit && !picked?.has(start + inRow);
      if (isFree) write(String(inRow + 1), x0 + inRow + 0.5, row + 0.97);
    }
    setFont(paint, look, Math.min(13, scale * 0.4), 600);
    paint.fillStyle = look.soft;
    const label = placed.section.rows[row]?.label ?? '';
    if (scale >= peopleFromPx) write(label, x0 - 0.9, row + 1);
  }
}

/** Smallest readable sizes. */
const nameFromPx = 10;
const idFromPx = 6;
/** The largest font size, up to `most`, at which the text is not wider than `across`. */
function fontPxWithin(paint: Paint, look: Look, text: string, most: number, across: number): number {
  setFont(paint, look, most, 800);
  return Math.min(most, (most * across) / Math.max(1, paint.measureText(text).width));
}

function setFont(paint: Paint, look: Look, px: number, weight: number): void {
  paint.font = `${weight} ${px}px ${look.font}`;
  paint.textAlign = 'center';
  paint.textBaseline = 'middle';
  paint.fillStyle = look.ink;
}

/** Writes a text with a light edge, readable on every colour. */
function writeWithHalo(paint: Paint, look: Look, text: string, x: number, y: number): void {
  paint.strokeStyle = look.sheet;
  paint.lineWidth = 3;
  paint.lineJoin = 'round';
  paint.globalAlpha = 0.85;
  paint.strokeText(text, x, y);
  paint.globalAlpha = 1;
  paint.fillStyle = look.ink;
  paint.fillText(text, x, y);
}
