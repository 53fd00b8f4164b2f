/** Colours of the map: the style sheet's, read from the canvas, so that both schemes and both drawings agree. */
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
  /** By the grade's place in the layout; repeats after the last. */
  readonly grades: readonly string[];
}

/** Grades that the style sheet has colours and marks for (styles/seats.css, --grade-0 …). */
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
