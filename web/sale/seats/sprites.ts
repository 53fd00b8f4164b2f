import { gradeLooks, type Look } from './look.ts';

/**
 * The pictures of a seat. They differ in shape as well as in colour, for visitors who cannot tell the colours apart: a free
 * seat is a square with the mark of its grade, a sold one a person, a locked one the outline of a person, and the buyer's
 * own a large lit person.
 */
export type Sprite = number;
export const lockedSprite: Sprite = gradeLooks;
export const reservedSprite: Sprite = gradeLooks + 1;
export const ownSprite: Sprite = gradeLooks + 2;
const spriteCount = gradeLooks + 3;

export interface Sprites {
  readonly picture: CanvasImageSource;
  /** Side of a sprite in device pixels; sprite n starts at n times this. */
  readonly px: number;
}

/** Draws all sprites once per size: copying one is far cheaper than drawing its paths for every seat. */
export function makeSprites(look: Look, px: number): Sprites {
  const canvas = document.createElement('canvas');
  canvas.width = px * spriteCount;
  canvas.height = px;
  const paint = canvas.getContext('2d');
  if (!paint) throw new Error('this browser draws no canvas');
  for (let sprite = 0; sprite < spriteCount; sprite += 1) {
    paint.setTransform(px, 0, 0, px, sprite * px, 0);
    if (sprite < gradeLooks) seat(paint, look, sprite, px >= marksFromPx);
    else if (sprite === ownSprite) own(paint, look);
    else taken(paint, look, sprite === reservedSprite);
  }
  return { picture: canvas, px };
}

/** Smallest sprite with a mark: on a smaller one it is not recognizable. */
const marksFromPx = 22;

function seat(paint: CanvasRenderingContext2D, look: Look, grade: number, isMarked: boolean): void {
  paint.fillStyle = look.grades[grade] ?? look.ink;
  paint.beginPath();
  paint.roundRect(0.13, 0.13, 0.74, 0.74, [0.26, 0.26, 0.14, 0.14]);
  paint.fill();
  paint.fillStyle = look.sheet;
  paint.strokeStyle = look.sheet;
  paint.lineWidth = 0.08;
  if (isMarked) mark(paint, grade);
}

/** The mark of a grade, below the number: none, a dot, a bar, two dots, three dots, two bars. */
function mark(paint: CanvasRenderingContext2D, grade: number): void {
  const dot = (x: number) => {
    paint.beginPath();
    paint.arc(x, 0.77, 0.045, 0, 7);
    paint.fill();
  };
  if (grade === 1) dot(0.5);
  if (grade === 2) paint.fillRect(0.34, 0.74, 0.32, 0.06);
  if (grade === 3) {
    dot(0.4);
    dot(0.6);
  }
  if (grade === 4) {
    dot(0.34);
    dot(0.5);
    dot(0.66);
  }
  if (grade === 5) {
    paint.fillRect(0.28, 0.74, 0.18, 0.06);
    paint.fillRect(0.54, 0.74, 0.18, 0.06);
  }
}

/** Head and shoulders of the person in the waiting room's drawing. */
function person(paint: CanvasRenderingContext2D, size: number): Path2D {
  const path = new Path2D();
  const bottom = 0.5 + 0.36 * size;
  path.arc(0.5, 0.5 - 0.16 * size, 0.17 * size, 0, 7);
  path.moveTo(0.5 - 0.29 * size, bottom);
  path.arc(0.5, bottom, 0.29 * size, Math.PI, 0);
  path.closePath();
  paint.lineJoin = 'round';
  return path;
}

function taken(paint: CanvasRenderingContext2D, look: Look, isSold: boolean): void {
  const path = person(paint, 0.92);
  if (isSold) {
    paint.globalAlpha = 0.42;
    paint.fillStyle = look.soft;
    paint.fill(path);
  } else {
    paint.globalAlpha = 0.75;
    paint.strokeStyle = look.soft;
    paint.lineWidth = 0.06;
    paint.stroke(path);
  }
  paint.globalAlpha = 1;
}

function own(paint: CanvasRenderingContext2D, look: Look): void {
  paint.fillStyle = look.glow;
  paint.globalAlpha = 0.4;
  paint.beginPath();
  paint.roundRect(0.07, 0.07, 0.86, 0.86, 0.28);
  paint.fill();
  paint.globalAlpha = 1;
  paint.fillStyle = look.accent;
  paint.fill(person(paint, 1.05));
}
