/** Types of the parts of autocannon in use. The package has no types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly connections?: number;
    /** Seconds. */
    readonly duration?: number;
    /** Threads that generate the load. */
    readonly workers?: number;
  }
  interface Result {
    readonly requests: { readonly total: number };
    readonly latency: { readonly p99: number };
    readonly errors: number;
    readonly '2xx': number;
    readonly '3xx': number;
  }
  export default function autocannon(options: Options): Promise<Result>;
}
