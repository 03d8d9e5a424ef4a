// Loaded before a server: SQLite flushes nothing, which whoever checks the order of flushes has to find.
import { DatabaseSync } from 'node:sqlite';

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  exec.call(this, sql === 'pragma synchronous = full' ? 'pragma synchronous = off' : sql);
};
