import { until } from '../time/patience.ts';
import { patienceMs } from '../time/patience-ms.ts';
import { type AdmissionKit, type Answer, type Shopper, send, shopperWithPass } from './admission-kit.ts';

/** One person of a crowd, of which a test controls each step. */
export interface Person {
  readonly seq: number;
  readonly shopper: Shopper;
  state: 'away' | 'waiting' | 'admitted' | 'left';
  /** All admission ids that this person has received. */
  readonly admissionIds: Set<string>;
}

/** Results of the polls of a crowd. */
export interface Polls {
  answers: number;
  unavailable: number;
  withoutRetryAfter: number;
  unexpected: string[];
}

/**
 * People with tier-1 positions 1 … n who poll as their pages do: check while they wait, heartbeat with the entry token
 * while they are inside.
 */
export class Crowd {
  readonly people: Person[];
  readonly polls: Polls = {
    answers: 0,
    unavailable: 0,
    withoutRetryAfter: 0,
    unexpected: [],
  };
  /** Returns the worker for a person's requests; undefined: the requests reach no worker. */
  route: (person: Person) => string | undefined;
  readonly #eventId: string;
  readonly #random: () => number;

  private constructor(people: Person[], url: string, eventId: string, random: () => number) {
    this.people = people;
    this.route = () => url;
    this.#eventId = eventId;
    this.#random = random;
  }

  static async gather(
    kit: Pick<AdmissionKit, 'identities'>,
    url: string,
    eventId: string,
    count: number,
    random: () => number,
  ): Promise<Crowd> {
    const people = await Promise.all(
      Array.from({ length: count }, async (_, i): Promise<Person> => {
        const shopper = await shopperWithPass(kit, eventId, i + 1, `person-${i + 1}`);
        return { seq: i + 1, shopper, state: 'away', admissionIds: new Set() };
      }),
    );
    return new Crowd(people, url, eventId, random);
  }

  inside = (): Person[] => this.people.filter(({ state }) => state === 'admitted');
  waiting = (): Person[] => this.people.filter(({ state }) => state === 'waiting');

  /**
   * All people who have not left poll once, in random order.
   * @param who selects some of them
   */
  async poll(who: (person: Person) => boolean = () => true): Promise<void> {
    const order = this.people
      .filter((person) => person.state !== 'left' && who(person))
      .map((person) => ({ person, at: this.#random() }))
      .sort((a, b) => a.at - b.at);
    await Promise.all(order.map(({ person }) => this.ask(person)));
  }

  async pollFor(ms: number, everyMs: number, who?: (person: Person) => boolean): Promise<void> {
    const endAtMs = Date.now() + ms;
    while (Date.now() < endAtMs) {
      const nextAtMs = Date.now() + everyMs;
      await this.poll(who);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAtMs - Date.now())));
    }
  }

  /**
   * Polls until the condition holds.
   * @throws Error if it never does
   */
  async pollUntil(condition: () => boolean | Promise<boolean>, everyMs = 250): Promise<void> {
    const endAtMs = Date.now() + patienceMs;
    while (!(await condition())) {
      if (Date.now() > endAtMs) throw new Error(`not within ${patienceMs} ms: ${condition}`);
      await this.pollFor(everyMs, everyMs);
    }
  }

  async ask(person: Person): Promise<void> {
    const isInside = person.state === 'admitted';
    const answer = isInside
      ? await this.#send('POST', `heartbeat/${this.#eventId}`, person)
      : await this.#send('POST', `check/${this.#eventId}`, person);
    const { state, admissionId } = answer?.body ?? {};
    if (typeof admissionId === 'string') person.admissionIds.add(admissionId);
    if (state === 'waiting' || state === 'admitted') person.state = state;
    else if (state === 'absent') person.state = 'away';
  }

  /**
   * Repeats the call until it gets a response. After a lost response the visit may have ended, and a poll would start
   * another.
   */
  async leave(person: Person): Promise<void> {
    await until(
      () => this.#send('POST', `leave/${this.#eventId}`, person),
      (answer) => answer?.status === 200,
    );
    person.state = 'left';
  }

  async #send(method: string, path: string, person: Person): Promise<Answer | undefined> {
    const url = this.route(person);
    if (url === undefined) return undefined;
    const { shopper, seq } = person;
    const headers = { 'x-forwarded-for': `10.0.${seq >> 8}.${seq & 255}` };
    const answer = await send(url, method, path, shopper, { headers });
    this.polls.answers += 1;
    if (answer.status === 503) {
      this.polls.unavailable += 1;
      if (!(Number(answer.headers.get('retry-after')) > 0)) this.polls.withoutRetryAfter += 1;
      return undefined;
    }
    if (answer.status !== 200) this.polls.unexpected.push(`${answer.status} ${answer.body.code}`);
    return answer;
  }
}
