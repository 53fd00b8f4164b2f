import type { Page } from 'playwright-core';

export interface Unreadable {
  readonly text: string;
  readonly ratio: number;
  readonly needed: number;
}

/**
 * Returns texts whose contrast with their background is below WCAG 2.2's 1.4.3: 4.5, or 3 for large text. The
 * background is the computed style of the nearest ancestor that has one.
 */
export function unreadableTexts(
  page: Page,
): Promise<{ readonly checked: number; readonly unreadable: Unreadable[] }> {
  return page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    if (!canvas) throw new Error('no canvas');
    const rgba = (color: string) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (color: readonly number[]) => {
      const [r = 0, g = 0, b = 0] = color.slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element: Element) => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if ((color[3] ?? 0) === 255) return color;
      }
      return [255, 255, 255, 255];
    };
    let checked = 0;
    const unreadable: { text: string; ratio: number; needed: number }[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement;
      if (text === '' || !element || element.closest('noscript, script, .unseen, .skip')) continue;
      if (!element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const px = Number.parseFloat(style.fontSize);
      const isLarge = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
      const [a, b] = [luminance(rgba(style.color)), luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const needed = isLarge ? 3 : 4.5;
      checked += 1;
      if (ratio < needed) unreadable.push({ text, ratio: Math.round(ratio * 100) / 100, needed });
    }
    return { checked, unreadable };
  });
}
