import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Load of this process while it generated load: a generator at its limit measures itself (E14). */
export interface HeadRoom {
  /** Share of the time that the generator's thread was busy, 0 to 1. */
  readonly busyShare: number;
  /** Delay of its timers in milliseconds, 99th percentile. */
  readonly lagP99Ms: number;
  /** The generator, not the system, may have been the bottleneck. */
  readonly isGeneratorTheLimit: boolean;
}

/** Above this share a single-threaded generator queues its own requests noticeably. */
const busyShareMax = 0.8;

/** Starts measuring. The returned function ends the measurement and returns the result. */
export function startMeter(): () => HeadRoom {
  const before = performance.eventLoopUtilization();
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  return () => {
    lag.disable();
    const busyShare = performance.eventLoopUtilization(before).utilization;
    return {
      busyShare,
      lagP99Ms: lag.percentile(99) / 1e6,
      isGeneratorTheLimit: busyShare > busyShareMax,
    };
  };
}

export const headRoomText = ({ busyShare, lagP99Ms, isGeneratorTheLimit }: HeadRoom) =>
  `generator ${Math.round(busyShare * 100)}% busy, its timers late by ${lagP99Ms.toFixed(0)} ms at p99${
    isGeneratorTheLimit ? ': it may have been the limit, so the system may do better' : ''
  }`;
