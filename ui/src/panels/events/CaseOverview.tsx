// The first tab of a case: the facts, its clocks, what it may be the same as, what it is tied to, and what is around it.

import { For, type JSX, Show } from 'solid-js';
import type { CaseClockDto, CaseDetailDto, CaseLikeDto, CaseTitleDto } from '../../generated/wire';
import { dueWords, holderWords } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { age, distance, duration, moment, SECOND } from '../../state/time';
import { AlarmNear } from '../card/AlarmAround';
import { SeeingCameras } from '../card/Cameras';
import { ClockRing } from './ClockRing';

export function CaseOverview(props: { detail: CaseDetailDto }) {
  const cases = useCases();
  return (
    <>
      <Facts detail={props.detail} />
      <Part title={t('card.cameras')}>
        <SeeingCameras target={{ kind: 'event', id: props.detail.row.id }} rows={props.detail.cameras} />
      </Part>
      <Part title={t('case.clocks')}>
        <Clocks detail={props.detail} />
      </Part>
      <Show when={props.detail.likely_same.length > 0}>
        <Part title={t('case.likely_same', { n: props.detail.likely_same.length })}>
          <ul class="case-likes">
            <For each={props.detail.likely_same}>
              {(one) => (
                <li class="case-like">
                  <Like like={one} />
                  <Show when={!props.detail.is_past}>
                    <button
                      type="button"
                      onClick={() =>
                        cases.ask(
                          'merge',
                          { ids: [props.detail.row.id], name: props.detail.row.title, rows: [props.detail.row] },
                          { other: one.id, otherName: one.title },
                        )
                      }
                    >
                      {t('case.merge_here')}
                    </button>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Part>
      </Show>
      <Relations detail={props.detail} />
      <Part title={t('case.links')}>
        <Links detail={props.detail} />
      </Part>
      <Part title={t('alarm_card.forces')}>
        <AlarmNear rows={props.detail.forces} empty={t('alarm_card.forces_none')} />
      </Part>
      <Part title={t('case.similar')}>
        <ul class="case-likes">
          <For each={props.detail.similar} fallback={<li class="hint">{t('case.similar_none')}</li>}>
            {(one) => (
              <li class="case-like">
                <Like like={one} />
                <Show when={one.outcome !== ''}>
                  <p class="case-outcome">{one.outcome}</p>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Part>
    </>
  );
}

function Part(props: { title: string; children: JSX.Element }) {
  return (
    <section class="case-part" aria-label={props.title}>
      <h3>{props.title}</h3>
      {props.children}
    </section>
  );
}

function Facts(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const row = () => props.detail.row;
  const now = () => (desk.past() ? desk.shown() : desk.now());
  const when = (at: number) => `${moment(at).slice(0, 11)} · ${age(now(), at)}`;
  const facts = (): [string, string][] => {
    const { detail } = props;
    const rating = detail.rating;
    const rows: [string, string | undefined][] = [
      [t('case.description'), detail.description],
      [t('card.happened_at'), when(row().happened_at)],
      [t('case.reported_at'), when(row().reported_at)],
      [t('case.closed_at'), row().closed_at === null ? undefined : when(row().closed_at ?? 0)],
      [t('card.reported_by'), word('source', row().source)],
      [t('case.holder'), holderWords(row())],
      [t('case.area'), detail.area],
      [t('case.history'), historyOf(detail)],
      [t('case.closing_needs'), needsOf(detail)],
      [
        t('case.rating'),
        rating === null ? undefined : `${word('event.score', String(rating.score))} ${rating.text}`.trim(),
      ],
    ];
    return rows.filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '');
  };
  return (
    <dl class="facts">
      <For each={facts()}>
        {([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd class="num case-words">{value}</dd>
          </>
        )}
      </For>
    </dl>
  );
}

/** How often it went back, in words; empty when it never did. */
function historyOf(detail: CaseDetailDto): string {
  const parts: [number, string][] = [
    [detail.returns, t('case.returned_n', { n: detail.returns })],
    [detail.send_backs, t('case.sent_back_n', { n: detail.send_backs })],
    [detail.extensions, t('case.extended_n', { n: detail.extensions })],
    [detail.reopenings, t('case.reopened_n', { n: detail.reopenings })],
  ];
  return parts
    .filter(([n]) => n > 0)
    .map(([, words]) => words)
    .join(' · ');
}

function needsOf(detail: CaseDetailDto): string {
  return [detail.needs_evidence ? t('case.needs_evidence') : '', detail.needs_rating ? t('case.needs_rating') : '']
    .filter((one) => one !== '')
    .join(' · ');
}

/** The clocks that run, then those that are over: kept or not. */
function Clocks(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const now = () => (desk.past() ? desk.shown() : desk.now());
  const words = (clock: CaseClockDto) => {
    if (clock.is_over) {
      return [
        clock.took_s === null ? '' : t('case.took', { time: duration(clock.took_s * SECOND) }),
        clock.allowed_s === null ? '' : t('case.allowed', { time: duration(clock.allowed_s * SECOND) }),
        clock.is_late ? t('case.late') : '',
      ]
        .filter((one) => one !== '')
        .join(' · ');
    }
    if (clock.due_at === null) {
      return word('event.light', 'stopped');
    }
    const left = dueWords({ light: clock.light, due_at: clock.due_at }, now());
    return `${left} · ${t('case.until', { time: moment(clock.due_at).slice(0, 11) })}`;
  };
  return (
    <ul class="case-clocks">
      <For each={props.detail.clocks} fallback={<li class="hint">{t('case.clocks_none')}</li>}>
        {(clock) => (
          <li classList={{ over: clock.is_over, late: clock.is_late }}>
            <ClockRing light={clock.light} used={clock.used} />
            <span>{word('event.phase', clock.phase)}</span>
            <span class="num case-clock-words">{words(clock)}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

/** A case that is like this one, as a way to it. */
function Like(props: { like: CaseLikeDto }) {
  const cases = useCases();
  const hint = () =>
    [
      t('case.alike', { n: Math.round(props.like.score * 100) }),
      props.like.distance_m === null ? '' : distance(props.like.distance_m),
      moment(props.like.happened_at).slice(0, 11),
      props.like.took_s === null ? '' : t('case.took', { time: duration(props.like.took_s * SECOND) }),
    ]
      .filter((one) => one !== '')
      .join(' · ');
  return (
    <button type="button" class="quiet case-like-name" onClick={() => cases.openById(props.like.id)}>
      <span class="ellipsis">{props.like.title}</span>
      <span class="hint num ellipsis">
        {word('event.stage', props.like.stage)} · {hint()}
      </span>
    </button>
  );
}

/** The greater case, the parts, and what was merged. */
function Relations(props: { detail: CaseDetailDto }) {
  const groups = (): { title: string; rows: CaseTitleDto[] }[] => {
    const one = (title: CaseTitleDto | null) => (title === null ? [] : [title]);
    return [
      { title: t('case.merged_into'), rows: one(props.detail.merged_into) },
      { title: t('case.parent'), rows: one(props.detail.parent) },
      { title: t('case.children'), rows: props.detail.children },
      { title: t('case.merged'), rows: props.detail.merged },
    ].filter((group) => group.rows.length > 0);
  };
  return (
    <For each={groups()}>
      {(group) => (
        <Part title={group.title}>
          <ul class="case-likes">
            <For each={group.rows}>{(one) => <TitleRow row={one} />}</For>
          </ul>
        </Part>
      )}
    </For>
  );
}

function TitleRow(props: { row: CaseTitleDto }) {
  const cases = useCases();
  return (
    <li class="case-like">
      <button type="button" class="quiet case-like-name" onClick={() => cases.openById(props.row.id)}>
        <span class="ellipsis">{props.row.title || props.row.id}</span>
        <span class="hint ellipsis">
          {word('level', props.row.level)} · {word('event.stage', props.row.stage)}
        </span>
      </button>
    </li>
  );
}

function Links(props: { detail: CaseDetailDto }) {
  const desk = useDesk();
  const cases = useCases();
  const id = () => props.detail.row.id;
  return (
    <ul class="case-likes">
      <For each={props.detail.links} fallback={<li class="hint">{t('case.links_none')}</li>}>
        {(link) => (
          <li class="case-like">
            <button
              type="button"
              class="quiet case-like-name"
              disabled={link.target === null}
              onClick={() => {
                if (link.target !== null) {
                  desk.selectAndFly({ ...link.target });
                }
              }}
            >
              <span class="ellipsis">{link.name}</span>
              <span class="hint ellipsis">{word('event.link', link.kind)}</span>
            </button>
            <Show when={!props.detail.is_past && desk.live()}>
              <button
                type="button"
                class="quiet"
                aria-label={t('case.unlink_name', { name: link.name })}
                onClick={() => void cases.act([id()], { act: 'unlink', kind: link.kind, target: link.id })}
              >
                ×
              </button>
            </Show>
          </li>
        )}
      </For>
    </ul>
  );
}
