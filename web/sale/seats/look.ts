/** Colours and font of the map, read from the style sheet, so that the canvas follows the colour scheme. */
export interface Look {
  readonly paper: string;
  readonly sheet: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly accentInk: string;
  readonly glow: string;
  readonly font: string;
  /** By the grade's index in the layout; more grades than colours repeat them. */
  readonly grades: readonly string[];
}

/** Grades with a colour of their own (styles/seats.css, --grade-0 …) and a mark (sprites.ts). */
export const gradeLooks = 6;

export function readLook(element: Element): Look {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim() || '#888';
  return {
    paper: color('--paper'),
    sheet: color('--sheet'),
    ink: color('--ink'),
    soft: color('--soft'),
    line: color('--line'),
    accent: color('--accent'),
    accentInk: color('--accent-ink'),
    glow: color('--glow'),
    font: style.fontFamily,
    grades: Array.from({ length: gradeLooks }, (_, grade) => color(`--grade-${grade}`)),
  };
}
