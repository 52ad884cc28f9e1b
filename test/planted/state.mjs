const STATE = 'src/state/';
const REPOSITORY = 'src/state/state.repository.spec.ts';
const OPEN = 'src/state/open-state.spec.ts';
const CODEC = 'src/state/master-codec.spec.ts';
const JOURNAL = 'src/state/journal.spec.ts';
const BOX = 'src/state/secret-box.spec.ts';
const POWER = 'test/durability/power-loss.spec.ts';
const FAULTS = 'test/durability/disk-faults.spec.ts';
const PROCESSES = 'test/durability/processes.spec.ts';
const env = { BERTH_POWER_STATES: '2000', BERTH_KILLS: '10', BERTH_FUZZ_RUNS: '2000', BERTH_SEED: '7' };

const bug = (name, test, ...edits) => ({
  name,
  test,
  env,
  edits: edits.map(([file, find, replace]) => ({ file: STATE + file, find, replace })),
});

export default [
  bug('no sync of the file', POWER, ['durable-write.ts', 'await file.datasync();', '']),
  bug('no sync of the directory', POWER, [
    'durable-write.ts',
    'await fs.syncDirectory(directory);\n    return stat;',
    'return stat;',
  ]),
  bug('the file is written in place', POWER, [
    'durable-write.ts',
    "const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;",
    'const temporary = path; await fs.unlink(path).catch(() => {});',
  ]),
  bug(
    'a short write is ignored',
    FAULTS,
    ['durable-write.ts', 'done += written;', 'done = chunk.byteLength;'],
    ['durable-write.ts', 'if (stat.size !== total)', 'if (stat.size < 0)'],
  ),
  bug('the size is not compared', FAULTS, ['durable-write.ts', 'if (stat.size !== total)', 'if (stat.size < 0)']),
  bug('a failed sync is tried again', FAULTS, [
    'durable-write.ts',
    'await file.datasync();',
    'await file.datasync().catch(() => file?.datasync());',
  ]),
  bug(
    'the rename comes before a failed close',
    FAULTS,
    ['durable-write.ts', '    await closing.close();\n', ''],
    [
      'durable-write.ts',
      'await fs.rename(temporary, path);',
      'await fs.rename(temporary, path);\n    await closing.close();',
    ],
  ),
  bug('a half-written file keeps the room', FAULTS, [
    'durable-write.ts',
    "if (step !== 'create' && step !== 'dirsync') await fs.unlink(temporary).catch(() => {});",
    '',
  ]),
  bug('every failure is taken to pass', FAULTS, [
    'durable-write.ts',
    "this.isPermanent = step === 'dirsync' || !PASSING.has(errnoOf(cause));",
    'this.isPermanent = false;',
  ]),
  bug('the pointer is swapped before the commit', REPOSITORY, [
    'state.repository.ts',
    'await this.#write(target);\n      this.#show(target);',
    'this.#show(target);\n      await this.#write(target);',
  ]),
  bug('acknowledged before the commit', PROCESSES, [
    'state.repository.ts',
    'await this.#durable();\n    } finally {\n      this.#pending -= 1;',
    '} finally {\n      this.#pending -= 1;',
  ]),
  bug('the mutex is gone', REPOSITORY, [
    'state.repository.ts',
    'void this.#writer.runExclusive(() => this.#commit(batch));',
    'queueMicrotask(() => void this.#commit(batch));',
  ]),
  bug('head keeps what the disk refused', REPOSITORY, [
    'state.repository.ts',
    'this.#head = this.#visible;\n    const rejected',
    'const rejected',
  ]),
  bug('what waits behind a failed write hangs on', REPOSITORY, [
    'state.repository.ts',
    'waiting?.reject(rejected);',
    'waiting?.resolve();',
  ]),
  bug('a promise is taken as a result', REPOSITORY, ['state.repository.ts', 'refusePromise(result);', '']),
  bug('what cannot be read back is written', REPOSITORY, [
    'state.repository.ts',
    "checkDurable(durable, 'state');",
    '',
  ]),
  bug('a replay does not wait for the first', REPOSITORY, [
    'state.repository.ts',
    'if (known) {\n      await this.#durable();',
    'if (known) {',
  ]),
  bug(
    'idempotency is kept in memory only',
    PROCESSES,
    ['master-codec.ts', 'yield* map(state.idempotency, ', 'yield* map({}, '],
    ['state-delta.ts', 'before.idempotency !== after.idempotency &&', 'after.rev < 0 &&'],
  ),
  bug('a whole write forgets idempotency', PROCESSES, [
    'master-codec.ts',
    'yield* map(state.idempotency, ',
    'yield* map({}, ',
  ]),
  bug('no sync of the journal', POWER, ['journal.ts', 'await this.#file.datasync();', '']),
  bug('the name of a journal is not synced', POWER, ['journal.ts', 'await fs.syncDirectory(directory);', '']),
  bug('master.json names a journal that is made later', POWER, [
    'master-file.ts',
    'if (id !== null) journal = await Journal.create(fs, directory, id);\n    };',
    '};\n    if (id !== null) setTimeout(() => void Journal.create(fs, directory, id), 50);',
  ]),
  bug('the old journal goes before the new master.json', POWER, [
    'master-file.ts',
    '    try {\n      this.#onDisk = await writeDurably(',
    '    await this.#removeJournals(id);\n    try {\n      this.#onDisk = await writeDurably(',
  ]),
  bug(
    'a journal is used after an append that failed',
    FAULTS,
    [
      'master-file.ts',
      '    this.#journal = null;\n    if (journal && this.#written',
      '    if (journal && this.#written',
    ],
    ['master-file.ts', ' && (await journal.isIntact())', ''],
  ),
  bug('the size of the journal is not compared', FAULTS, [
    'journal.ts',
    'if (found.size !== this.#size + bytes)',
    'if (found.size < 0)',
  ]),
  bug('a damaged record is believed', JOURNAL, [
    'journal.ts',
    "if (sum !== checksum(text)) throw new CodecError('its checksum is wrong');",
    '',
  ]),
  bug('a damaged record at the end is taken for torn', JOURNAL, [
    'journal.ts',
    "if (sum !== checksum(text)) throw new CodecError('its checksum is wrong');",
    'if (sum !== checksum(text)) return null;',
  ]),
  bug('a journal that somebody emptied is gone on with', JOURNAL, [
    'master-file.ts',
    ' && (await journal.isIntact())',
    '',
  ]),
  bug('damage in the middle of a journal ends it', JOURNAL, [
    'journal.ts',
    'else if (next < source.length) throw',
    'else if (next < 0) throw',
  ]),
  bug('a record may fit any state', JOURNAL, [
    'state-delta.ts',
    'if (from !== state.rev || rev <= from)',
    'if (rev < 0)',
  ]),
  bug('what was removed comes back', JOURNAL, [
    'state-delta.ts',
    'const gone = Object.keys(before).filter((id) => !Object.hasOwn(after, id));',
    'const gone: string[] = [];',
  ]),
  bug('a clean stop leaves the journal', JOURNAL, [
    'master-file.ts',
    '      await this.#replace(this.#written, null);',
    '',
  ]),
  bug('a missing journal is an empty one', JOURNAL, [
    'read-master.ts',
    "if (errnoOf(error) !== 'ENOENT') throw error;",
    "if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);",
  ]),
  bug('a corrupt file is read as an empty one', OPEN, [
    'master-file.ts',
    'throw await unreadable(options, `${path} cannot be used: ${error.message}`, error);',
    'return null;',
  ]),
  bug('a missing file is always a first start', OPEN, [
    'master-file.ts',
    'if (traces.length === 0) return null;',
    'if (traces.length >= 0) return null;',
  ]),
  bug('somebody else’s write is overwritten', OPEN, [
    'master-file.ts',
    'if (!isSameFile(found, this.#onDisk)) throw new ForeignChangeError(this.#path);',
    'void isSameFile; void found;',
  ]),
  bug('a file that others can read is accepted', OPEN, [
    'data-directory.ts',
    'if (commands.length === 0) return;',
    'if (commands.length >= 0) return;',
  ]),
  bug('leftovers of a crash stay', OPEN, [
    'master-file.ts',
    'await removeTemporaries(options.fs, options.directory);',
    '',
  ]),
  bug('servers count as online after a start', OPEN, [
    'open-state.ts',
    'state: warmed({ ...state, observed }, now()),',
    'state: { ...state, observed },',
  ]),
  bug('a damaged file of facts is believed', 'src/state/facts-file.spec.ts', [
    'facts-file.ts',
    '  if (text !== `${lines}"${',
    '  if (lines === `${lines}"${',
  ]),
  bug('the lock goes by the pid only', OPEN, [
    'state-lock.ts',
    "database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');",
    `const pid = Number(/pid (\\d+)/.exec(readOwner(directory))?.[1] ?? 0);
      let isAlive = false;
      try { isAlive = pid > 0 && process.kill(pid, 0); } catch {}
      if (isAlive) throw Object.assign(new Error('busy'), { errcode: SQLITE_BUSY });`,
  ]),
  bug('there is no lock', PROCESSES, ['state-lock.ts', '; BEGIN EXCLUSIVE', '']),
  bug('the checksum is not compared', CODEC, ['master-codec.ts', 'if (digest !== checksum)', 'if (digest === null)']),
  bug('a key may stand twice', CODEC, ['strict-json.ts', 'if (keys.has(key))', 'if (keys.size < 0)']),
  bug('a prototype may be set', CODEC, ['strict-json.ts', "if (key === '__proto__')", "if (key === '')"]),
  bug(
    'a secret opens in another context',
    BOX,
    ['secret-box.ts', '.setAAD(Buffer.from(context))\n        .setAuthTag', '.setAuthTag'],
    ['secret-box.ts', '.setAAD(Buffer.from(context));', ';'],
  ),
  bug('a new key is made although credentials are sealed', BOX, [
    'secret-key.ts',
    'if (place.hasSealedCredentials)',
    'if (place.directory === null)',
  ]),
];
