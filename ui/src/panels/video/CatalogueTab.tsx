// The catalogue: both trees at the left, the channels that answer in the middle, the sheet of one at the right.

import { Match, Show, Switch } from 'solid-js';
import { useVideo } from '../../state/video';
import { ChannelList } from './ChannelList';
import { ChannelMap } from './ChannelMap';
import { ChannelSearch } from './ChannelSearch';
import { ChannelSheet } from './ChannelSheet';
import { ChannelTree } from './ChannelTree';
import { ChosenBar } from './ChosenBar';
import { ImportPanel } from './ImportPanel';

export function CatalogueTab() {
  const video = useVideo();
  video.watch();
  return (
    <Show when={!video.importing.isOpen()} fallback={<ImportPanel />}>
      <div class="catalogue" data-sheet={video.channel() !== undefined}>
        <ChannelTree />
        <div class="catalogue-middle">
          <ChannelSearch />
          <Switch>
            <Match when={video.view() === 'list'}>
              <ChannelList />
            </Match>
            <Match when={video.view() === 'map'}>
              <ChannelMap />
            </Match>
          </Switch>
          <ChosenBar />
        </div>
        <Show when={video.channel()}>
          <ChannelSheet />
        </Show>
      </div>
    </Show>
  );
}
