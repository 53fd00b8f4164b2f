/** Actions of a simulation by the second at which they happen. */
export class Agenda {
  readonly #acts = new Map<number, ((second: number) => Promise<void>)[]>();

  at(second: number, act: (second: number) => Promise<void>): void {
    const acts = this.#acts.get(second);
    if (acts === undefined) this.#acts.set(second, [act]);
    else acts.push(act);
  }

  /** Runs the actions that are due, and those that they add to the same second. */
  async run(second: number): Promise<void> {
    for (let acts = this.#acts.get(second); acts !== undefined; acts = this.#acts.get(second)) {
      this.#acts.delete(second);
      await Promise.all(acts.map((act) => act(second)));
    }
  }

  isEmpty = (): boolean => this.#acts.size === 0;
}
