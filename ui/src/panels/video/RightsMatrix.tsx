// The matrix of rights as it holds at this desk: for one role, every kind of camera, every action.

import { createMemo, createSignal, For, Show } from 'solid-js';
import type { RightsCellDto, RightsMatrixDto } from '../../generated/wire';
import { createAsked } from '../../state/asked';
import { useDesk } from '../../state/desk';
import { language, t, word } from '../../state/texts';
import { joined } from '../../state/time';
import { useVideo } from '../../state/video';
import { actionName, areaName, gradeName, limitWords, named } from '../../state/video_words';
import { VideoRead } from './parts';

/** Any of them. */
const ANY = '*';

export function RightsMatrix() {
  const desk = useDesk();
  const matrix = createAsked(
    () => [language(), desk.update.event_board.role, desk.update.city],
    () => desk.backend.rightsMatrix(),
  );
  return (
    <VideoRead isKnown={matrix.value() !== undefined} failure={matrix.failure()} onRetry={matrix.read}>
      <Show when={matrix.value()}>{(known) => <Matrix matrix={known()} />}</Show>
    </VideoRead>
  );
}

function Matrix(props: { matrix: RightsMatrixDto }) {
  const { tables } = useVideo();
  const [chosen, setChosen] = createSignal<string>();
  const roles = createMemo(() => [...new Set(props.matrix.cells.map((cell) => cell.role))]);
  const role = () => chosen() ?? (roles().includes(props.matrix.role) ? props.matrix.role : (roles()[0] ?? ''));
  const cells = createMemo(() => props.matrix.cells.filter((cell) => cell.role === role()));
  const roleName = (raw: string) => {
    const name = named(tables()?.roles, raw);
    return name === raw ? word('role', raw) : name;
  };
  return (
    <div class="rights-body scrolls" role="region" tabindex="0" aria-label={t('video.rights_matrix')}>
      <Show when={props.matrix.problem !== ''}>
        <p class="video-problem" role="alert">
          {t('video.policy_problem', { why: props.matrix.problem })}
        </p>
      </Show>
      <p class="rights-source">
        <span class="hint">{t('video.policy')}</span>{' '}
        {props.matrix.source === 'built_in' ? t('video.policy_built_in') : props.matrix.source}
      </p>
      <div class="choices-row rights-roles" role="group" aria-label={t('video.role')}>
        <For each={roles()}>
          {(one) => (
            <button type="button" aria-pressed={one === role()} onClick={() => setChosen(one)}>
              {roleName(one)}
              <Show when={one === props.matrix.role}>
                {' '}
                <span class="row-tag">{t('video.role_mine')}</span>
              </Show>
            </button>
          )}
        </For>
      </div>
      <table class="page-table rights-table">
        <thead>
          <tr>
            <th scope="col">{t('video.category')}</th>
            <th scope="col">{t('video.grade')}</th>
            <th scope="col">{t('video.rights_area')}</th>
            <For each={props.matrix.actions}>{(action) => <th scope="col">{actionName(tables(), action)}</th>}</For>
            <th scope="col">{t('video.when_denied')}</th>
          </tr>
        </thead>
        <tbody>
          <For each={cells()}>{(cell) => <Row cell={cell} actions={props.matrix.actions} />}</For>
        </tbody>
      </table>
      <p class="hint rights-legend">{t('video.rights_legend')}</p>
    </div>
  );
}

function Row(props: { cell: RightsCellDto; actions: readonly string[] }) {
  const { tables } = useVideo();
  const any = (code: string, name: string) => (code === ANY ? t('alarms.all') : name);
  return (
    <tr>
      <th scope="row">{any(props.cell.category, named(tables()?.categories, props.cell.category))}</th>
      <td>{any(props.cell.grade, gradeName(tables(), props.cell.grade))}</td>
      <td>{any(props.cell.area, areaName(tables(), props.cell.area))}</td>
      <For each={props.actions}>{(action) => <Cell cell={props.cell} action={action} />}</For>
      <td class="hint">{props.cell.shows_denied ? t('video.shown_denied') : t('video.hidden_denied')}</td>
    </tr>
  );
}

type Mark = 'yes' | 'limited' | 'forbidden' | 'no';

const SIGNS: Record<Mark, string> = { yes: '●', limited: '◐', forbidden: '×', no: '·' };

function Cell(props: { cell: RightsCellDto; action: string }) {
  const { tables } = useVideo();
  const limits = () => props.cell.limited.filter(([action]) => action === props.action).map(([, how]) => how);
  const mark = (): Mark => {
    if (props.cell.forbidden.includes(props.action)) {
      return 'forbidden';
    }
    if (limits().length > 0) {
      return 'limited';
    }
    return props.cell.allowed.includes(props.action) ? 'yes' : 'no';
  };
  const words = () => joined([t(`video.cell_${mark()}`), ...limits().map((how) => limitWords(how, tables()))]);
  return (
    <td class="rights-cell" data-mark={mark()} title={words()}>
      <span aria-hidden="true">{SIGNS[mark()]}</span>
      <span class="hidden-words">{words()}</span>
    </td>
  );
}
