import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Locks a folder for one local AWS, and creates it if needed. The operating system holds the lock: it ends with the
 * process, even a killed one.
 *
 * @throws when another local AWS has the folder
 */
export function openDataFolder(folder: string) {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  const db = new DatabaseSync(join(path, 'clock.sqlite'));
  try {
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY, time INTEGER) STRICT;
      INSERT OR IGNORE INTO clock VALUES (1, 0)`);
  } catch (cause) {
    db.close();
    const fix = 'stop that one, or choose another folder with --data';
    throw new Error(`The data folder ${path} is in use by another local AWS: ${fix}.`, { cause });
  }
  const update = db.prepare('UPDATE clock SET time = ?');
  return {
    path,
    /** The time that a local AWS saved here last; 0 in a new folder. */
    lastTime: (): number => Number(db.prepare('SELECT time FROM clock').get()?.time),
    saveTime(time: number): void {
      update.run(time);
    },
    close: () => db.close(),
  };
}
