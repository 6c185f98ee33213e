// Pictures and documents of a case: what is there, and adding one. Evidence is what shows that something was done.

import { createSignal, For, Show } from 'solid-js';
import type { CaseAttachmentDto, CaseDetailDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { bytesText, moment } from '../../state/time';

/** Where the tables have not come yet. */
const MOST_BYTES = 64 * 1024 * 1024;

export function CaseFiles(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  return (
    <>
      <Show when={!props.detail.is_past && desk.live()}>
        <AddFile id={props.detail.row.id} />
      </Show>
      <Show when={props.detail.needs_evidence && !props.detail.attachments.some((one) => one.is_evidence)}>
        <p>{t('case.evidence_missing')}</p>
      </Show>
      <ul class="case-files">
        <For each={props.detail.attachments} fallback={<li class="hint">{t('case.files_none')}</li>}>
          {(file) => <FileRow file={file} />}
        </For>
      </ul>
    </>
  );
}

function AddFile(props: { id: string }) {
  const desk = useDesk();
  const cases = useCases();
  const [isEvidence, setEvidence] = createSignal(true);
  const [isBusy, setBusy] = createSignal(false);
  let field: HTMLInputElement | undefined;
  const most = () => cases.tables()?.most_attachment_bytes ?? MOST_BYTES;
  async function add(file: File): Promise<void> {
    if (file.size > most()) {
      desk.say(t('case.file_too_large', { name: file.name, size: bytesText(most()) }));
      return;
    }
    setBusy(true);
    try {
      const base64 = base64Of(new Uint8Array(await file.arrayBuffer()));
      const media = file.type === '' ? 'application/octet-stream' : file.type;
      const result = await desk.backend.attachToCase(props.id, file.name, media, base64, isEvidence());
      if (result.ok) {
        desk.say(t('case.file_added', { name: file.name }));
        cases.readDetail();
      } else {
        desk.attempt(Promise.resolve(result));
      }
    } catch (reason) {
      desk.attempt(Promise.resolve({ ok: false, error: { code: 'bad_request', message: String(reason) } }));
    }
    setBusy(false);
  }
  return (
    <div class="case-add">
      <input
        type="file"
        class="hidden-words"
        tabindex="-1"
        aria-label={t('case.file_add')}
        ref={(element) => {
          field = element;
        }}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) {
            void add(file);
          }
        }}
      />
      <button type="button" disabled={isBusy()} onClick={() => field?.click()}>
        {isBusy() ? t('case.file_adding') : t('case.file_add')}
      </button>
      <label class="case-check">
        <input type="checkbox" checked={isEvidence()} onChange={(event) => setEvidence(event.currentTarget.checked)} />
        {t('case.is_evidence')}
      </label>
    </div>
  );
}

function FileRow(props: { file: CaseAttachmentDto }) {
  const desk = useDesk();
  const [picture, setPicture] = createSignal<string>();
  const isPicture = () => props.file.media_type.startsWith('image/') && props.file.is_here;
  function show(): void {
    if (picture() !== undefined) {
      setPicture(undefined);
      return;
    }
    void desk.backend.attachment(props.file.digest).then((result) => {
      if (result.ok) {
        setPicture(`data:${props.file.media_type};base64,${result.value}`);
      } else {
        desk.attempt(Promise.resolve(result));
      }
    });
  }
  return (
    <li class="case-file">
      <p>
        <strong class="case-words">{props.file.name}</strong>
        <Show when={props.file.is_evidence}>
          {' '}
          <span class="row-tag">{t('case.evidence')}</span>
        </Show>
      </p>
      <p class="hint num">
        {bytesText(props.file.bytes)} · {props.file.by} · {moment(props.file.at).slice(0, 11)}
        <Show when={!props.file.is_here}> · {t('case.file_elsewhere')}</Show>
      </p>
      <Show when={isPicture()}>
        <button type="button" class="quiet" aria-expanded={picture() !== undefined} onClick={show}>
          {picture() === undefined ? t('case.picture_show') : t('case.picture_hide')}
        </button>
      </Show>
      <Show when={picture()}>{(url) => <img src={url()} alt={props.file.name} />}</Show>
    </li>
  );
}

/** The bytes as a command can carry them. In pieces: a call takes only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  const piece = 0x8000;
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += String.fromCharCode(...bytes.subarray(at, at + piece));
  }
  return btoa(text);
}
