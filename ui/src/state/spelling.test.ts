import { expect, test } from 'vitest';
import { LIES, markedPieces, matchWords } from './spelling';

const SPELT: Record<string, string> = {
  新苑小区: 'xin|yuan,yu,yun|xiao|qu,ou',
  重庆路: 'zhong,chong,tong|qing|lu,luo',
  工商银行: 'gong|shang|yin|xing,hang,heng',
  '数据源（3）': 'shu,shuo|ju|yuan|(|3|)',
  'Night view': 'n|i|g|h|t| |v|i|e|w',
};

function found(text: string, typed: string): [number, [number, number][]] | undefined {
  const match = matchWords(text, SPELT[text], typed);
  return match === undefined ? undefined : [match.lies, match.ranges];
}

test('Chinese, full pinyin, initials and mixtures find a text', () => {
  for (const typed of ['新苑', 'xinyuan', 'xy', 'xiny', 'xyuan', '新yuan', 'ＸＹ']) {
    expect(found('新苑小区', typed), typed).toEqual([LIES.beginning, [[0, 2]]]);
  }
  expect(found('新苑小区', 'xyxq')).toEqual([LIES.whole, [[0, 4]]]);
  expect(found('新苑小区', 'xq')).toEqual([LIES.inside, [[2, 4]]]);
  expect(found('新苑小区', 'yuanxin')).toBeUndefined();
});

test('every reading of a character answers', () => {
  expect(found('重庆路', 'chongqinglu')).toEqual([LIES.whole, [[0, 3]]]);
  expect(found('重庆路', 'zql')).toEqual([LIES.whole, [[0, 3]]]);
  expect(found('工商银行', 'yinhang')).toEqual([LIES.inside, [[2, 4]]]);
});

test('all words count, in any order, and signs are passed over', () => {
  expect(found('Night view', 'view nig')).toEqual([
    LIES.word,
    [
      [0, 3],
      [6, 10],
    ],
  ]);
  expect(found('Night view', 'view day')).toBeUndefined();
  expect(found('数据源（3）', 'sjy3')).toEqual([LIES.beginning, [[0, 5]]]);
  expect(found('新苑小区', ' ')).toBeUndefined();
});

test('without readings a text is found as it is written', () => {
  expect(matchWords('图层', undefined, '层')).toEqual({ lies: LIES.inside, ranges: [[1, 2]] });
  expect(matchWords('图层', undefined, 'tc')).toBeUndefined();
  expect(matchWords('图层', 'tu', 'tc')).toBeUndefined();
});

test('a text is cut into marked and other pieces', () => {
  expect(markedPieces('新苑小区', [[1, 3]])).toEqual([
    { text: '新', isMarked: false },
    { text: '苑小', isMarked: true },
    { text: '区', isMarked: false },
  ]);
  expect(markedPieces('新苑', [])).toEqual([{ text: '新苑', isMarked: false }]);
});
