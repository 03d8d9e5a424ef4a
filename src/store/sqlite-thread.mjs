// The thread that writes. It knows of no compile cache by itself, and would load what strips types, some 30 MB.
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.compiled !== undefined) enableCompileCache(workerData.compiled);
const { answerCalls } = await import('./sqlite-thread.ts');
answerCalls(parentPort, workerData);

const { giveBackMemory } = await import('./give-back.ts');
giveBackMemory();
