/**
 * Races that chance alone produces once in thousands of sales. Four of ten seeds play one each; all others leave
 * everything to chance.
 *
 * end   buyers wait for the last moment of their holds and extend them while a rival claims the seats
 * rush  two accounts with many tabs order at once, while Redis is replaced again and again
 * mute  the provider refuses often, and its webhooks never arrive
 */
export type Scene = 'end' | 'rush' | 'mute' | 'any';

const byLastDigit: readonly Scene[] = ['any', 'end', 'any', 'any', 'rush', 'any', 'end', 'mute'];
export const sceneOf = (seed: number): Scene => byLastDigit[seed % 10] ?? 'any';
