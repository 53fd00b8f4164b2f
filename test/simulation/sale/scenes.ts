/**
 * Races that chance alone brings together once in thousands of sales. Four of ten seeds play one each; all others leave
 * everything to chance.
 *
 * end   buyers wait for the last moment of their holds: they move it while a rival claims the seats
 * rush  two accounts with many tabs order at once, while Redis is replaced again and again
 * mute  the provider refuses often, and its messages never come
 */
export type Scene = 'end' | 'rush' | 'mute' | 'any';

const byLastDigit: readonly Scene[] = ['any', 'end', 'any', 'any', 'rush', 'any', 'end', 'mute'];
export const sceneOf = (seed: number): Scene => byLastDigit[seed % 10] ?? 'any';
