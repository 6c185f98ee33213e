// Reading a file, or what is at an address, into the catalogue, step by step: which one, how its columns become fields, what would change, done.

import { type Accessor, createSignal } from 'solid-js';
import type { ImportReportDto, VideoMappingDto, VideoProposalDto } from '../generated/wire';
import type { Desk } from './desk';
import { t } from './texts';
import { quantity } from './time';
import { videoRefusalWords } from './video_words';

export const ENCODINGS = ['utf-8', 'gb18030'] as const;
export const COORDINATES = ['wgs84', 'gcj02', 'bd09'] as const;
export const DELIMITERS = [',', ';', '\t'] as const;

export type ImportStep = 'file' | 'mapping' | 'report' | 'done';

export interface VideoImport {
  isOpen: Accessor<boolean>;
  open(): void;
  close(): void;
  step: Accessor<ImportStep>;
  path: Accessor<string>;
  setPath(path: string): void;
  proposal: Accessor<VideoProposalDto | undefined>;
  mapping: Accessor<VideoMappingDto | undefined>;
  changeMapping(change: Partial<VideoMappingDto>): void;
  /** Which field a column becomes; an empty one leaves it out. */
  fieldOf(column: string): string;
  mapColumn(column: string, field: string): void;
  report: Accessor<ImportReportDto | undefined>;
  /** What is being done; nothing while the person has the turn. */
  busy: Accessor<'propose' | 'try' | 'import' | 'undo' | undefined>;
  problem: Accessor<string | undefined>;
  /** Looks at the file. */
  propose(): Promise<void>;
  /** Says what would change. */
  tryIt(): Promise<void>;
  /** Does it. */
  run(): Promise<void>;
  undo(): Promise<void>;
  back(): void;
}

/** Whether `path` is an address, which the desk fetches. */
export function isAddress(path: string): boolean {
  return /^\s*https?:\/\//i.test(path);
}

/** The import of `desk`. Call inside a Solid root. */
export function createVideoImport(desk: Desk): VideoImport {
  const [isOpen, setOpen] = createSignal(false);
  const [step, setStep] = createSignal<ImportStep>('file');
  const [path, setPath] = createSignal('');
  const [proposal, setProposal] = createSignal<VideoProposalDto>();
  const [mapping, setMapping] = createSignal<VideoMappingDto>();
  const [report, setReport] = createSignal<ImportReportDto>();
  const [busy, setBusy] = createSignal<'propose' | 'try' | 'import' | 'undo'>();
  const [problem, setProblem] = createSignal<string>();

  async function read(dryRun: boolean): Promise<void> {
    if (busy() !== undefined) {
      return;
    }
    setProblem(undefined);
    setBusy(dryRun ? 'try' : 'import');
    const result = await desk.backend.importChannels(path().trim(), mapping(), dryRun);
    setBusy(undefined);
    if (!result.ok) {
      setProblem(result.error.message);
    } else if (result.value.refused !== null) {
      setProblem(videoRefusalWords(result.value.refused));
    } else {
      setReport(result.value);
      setStep(dryRun ? 'report' : 'done');
    }
  }
  return {
    isOpen,
    open: () => setOpen(true),
    close() {
      setOpen(false);
      if (step() === 'done') {
        setStep('file');
        setReport(undefined);
      }
    },
    step,
    path,
    setPath,
    proposal,
    mapping,
    changeMapping(change) {
      const before = mapping();
      if (before !== undefined) {
        setMapping({ ...before, ...change });
      }
    },
    fieldOf: (column) => mapping()?.columns.find(([one]) => one === column)?.[1] ?? '',
    mapColumn(column, field) {
      const before = mapping();
      if (before !== undefined) {
        // A field comes from one column.
        const others = before.columns.filter(([one, target]) => one !== column && target !== field);
        const added: [string, string][] = field === '' ? [] : [[column, field]];
        setMapping({ ...before, columns: [...others, ...added] });
      }
    },
    report,
    busy,
    problem,
    async propose() {
      if (path().trim() === '' || busy() !== undefined) {
        return;
      }
      setProblem(undefined);
      setBusy('propose');
      const result = await desk.backend.proposeMapping(path().trim());
      setBusy(undefined);
      if (!result.ok) {
        setProblem(result.error.message);
      } else if (result.value.refused !== null) {
        setProblem(videoRefusalWords(result.value.refused));
      } else {
        setProposal(result.value);
        setMapping(result.value.mapping);
        if (result.value.format === 'csv') {
          setStep('mapping');
        } else {
          await read(true);
        }
      }
    },
    tryIt: () => read(true),
    run: () => read(false),
    async undo() {
      if (busy() !== undefined) {
        return;
      }
      setBusy('undo');
      const result = await desk.backend.undoImport();
      setBusy(undefined);
      if (!result.ok) {
        setProblem(result.error.message);
      } else if (result.value.refused !== null) {
        setProblem(videoRefusalWords(result.value.refused));
      } else {
        desk.say(t('video.import_undone', { n: quantity(result.value.changed, 0) }));
        setReport(undefined);
        setStep('file');
      }
    },
    back() {
      setProblem(undefined);
      setStep(step() === 'report' ? 'mapping' : 'file');
    },
  };
}
