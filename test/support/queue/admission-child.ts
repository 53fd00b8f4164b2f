import { AdmissionWorker } from '../../../functions/admission/worker.ts';
import { type AdmissionSettings, admissionDeps } from './admission-deps.ts';

/** A worker in a process of its own. It receives its settings as the first message, and responds with its port. */
process.once('message', async (settings: AdmissionSettings) => {
  const { deps, close } = admissionDeps(settings);
  const worker = new AdmissionWorker(deps, {
    port: 0,
    host: '127.0.0.1',
    drainGraceMs: 0,
    drainMaxMs: 5_000,
  });
  process.once('SIGTERM', async () => {
    await worker.stop();
    close();
    process.disconnect();
  });
  process.send?.({ port: await worker.start() });
});
