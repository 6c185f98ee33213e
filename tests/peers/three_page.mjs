// The page that shows a tileset with 3DTilesRendererJS on three.js.

import { TilesRenderer } from '3d-tiles-renderer';
import { AmbientLight, DirectionalLight, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from 'three';

window.show = async ({ tileset, view, sse, frames }) => {
  const { innerWidth: width, innerHeight: height } = window;
  const renderer = new WebGLRenderer({ antialias: false });
  renderer.setPixelRatio(1);
  renderer.setSize(width, height);
  document.body.append(renderer.domElement);
  const scene = new Scene();
  const sun = new DirectionalLight(0xffffff, 2);
  sun.position.set(-0.5, 0.4, 0.7);
  scene.add(sun, new AmbientLight(0xffffff, 1));
  const camera = new PerspectiveCamera((view.fov_y_rad * 180) / Math.PI, width / height, 1, 1e5);
  camera.up.set(...view.up);
  camera.position.set(...view.eye);
  camera.lookAt(new Vector3(...view.eye).add(new Vector3(...view.direction)));
  camera.updateMatrixWorld();
  const begun = performance.now();
  const tiles = new TilesRenderer(tileset);
  tiles.errorTarget = sse;
  tiles.setCamera(camera);
  tiles.setResolutionFromRenderer(camera, renderer);
  scene.add(tiles.group);
  const idle = () => {
    const { downloading = 0, parsing = 0, queued = 0 } = tiles.stats;
    return downloading + parsing + queued === 0 && tiles.visibleTiles.size > 0;
  };
  let quiet = 0;
  let shown = 0;
  const until = performance.now() + 120_000;
  while (quiet < 3 && performance.now() < until) {
    tiles.update();
    renderer.render(scene, camera);
    quiet = idle() ? quiet + 1 : 0;
    if (quiet === 1) {
      finish(renderer);
      shown = performance.now() - begun;
    }
    await new Promise((next) => requestAnimationFrame(next));
  }
  const times = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const start = performance.now();
    tiles.update();
    renderer.render(scene, camera);
    finish(renderer);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    shown_ms: shown,
    tiles: tiles.visibleTiles.size,
    frame_ms: times[times.length >> 1],
    canvas: [renderer.domElement.width, renderer.domElement.height],
    complete: quiet >= 3,
  };
};

// Waits until the picture is really there.
function finish(renderer) {
  const gl = renderer.getContext();
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}

window.isReady = true;
