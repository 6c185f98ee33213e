// How the sample city's characters are read: as much of pinyin as its names and the UI's own texts need.
//
// The host has a dictionary of its own; this one is written down, a syllable before its characters (readings: pinyin-data, MIT).

import { foldLetter } from '../../state/spelling';

const SYLLABLES = `
  an厂安干广按案 ba坝 bai派 ban办班 bang彭 bao包报暴爆 bei北备被 ben体本 beng平泵 bi服比被闭 bian变 biao标表 bie别 bing平并 bo播暴服泊爆
  bu不布步部 cai才 can餐 cao操 ce测 ceng层 cha差接查 chai差查 chan单厘 chang厂场常长 chao潮超 che宅撤池车 chen称 cheng城成称
  chi拖池治离移迟 chong冲种重 chu储出处础除 chuan穿 ci司差次此磁 cu且 cui体 cun存 cuo差最 da塌塔大打 dai大带待 dan单 dang当档 dao倒到道
  de地底登的 deng灯登 di低地底的第逐 dian点电 diao吊调鸟 die至 ding定灯顶 dong东动洞 du堵宅度 duan断段 dui对队 dun墩 duo多度 er二而 fa发阀
  fan范返 fang房放方防 fen分 feng方 fou不 fu不伏包复市服符负还 gai盖 gan个干感 gang刚 gao告高 ge个可合搁格盖 gei给 gong供公共工 gou构 gu告故角鼓
  guan关管观馆 guang广 gui归洼规轨 gun滚 guo划国过 hai海还 han厂感涵 hang巷行 hao号 he合和格河荷 heng行 hong共 hou后 hu和护湖 hua划找
  huai划淮 huan换环缓还 huang黄 hui会回恢慧挥绘 huo和或越 ji其击圾基居期机积级给记迹集 jia加架 jian件健前建检监键间 jiang降 jiao交校焦角较 jie圾接结节街解
  jin进 jing井境景经警 ju且具告局居据车 juan圈 jue决角 jun均 ka卡 kai开 kan看瞰 kang康 ke刻可 kei刻 kong控空 kou口 ku库跨 kua跨 kuai会快
  kuan完 kuang框 kui缺 la垃 lai来 lan栏 lang廊 lei类 li位例列利力历厘李理离立里 lian练连链 liang两亮梁辆量 lie例列 lin任 ling龄 liu泵流游
  long龙 lou楼漏 lu录绿角路 lun轮 luo格路 lv绿 ma么 mai派 man慢满 me么没 mei某每没 men门 mi米 mian面 miao秒 min敏民 ming名命 mo么无模没
  mou件某 mu木模目 na内南 nai能 nan南 nei内 neng而能 nian年 niao鸟 ning年疑 nuo需 ou区 pa派 pai派 pan片盘 pang彭房方 pao包 peng彭
  pi比被 pian平片 pin泵频 ping平 po剖泊 pou剖部 pu暴 qi其切启支期气示骑 qia卡 qian倩前签 qiang抢控枪 qiao校桥焦 qie且切 qing倩倾声庆清 qiu团球
  qu区取曲 quan全圈权 que确缺 qun群 ran燃 rao扰 re热 ren人任认 ri日 ru入需 ruan需 rui内 san三 se色 sha厦接 shai筛色 shan单山
  shang上商 shao少搜 she摄社设 shen什信 sheng升声生 shi事什似使十史失始实市式施时是示视 shu书属数束枢树除鼠 shuang双 shui水 shun巡 shuo数
  si以似台司四已析 sou搜 su缩苏 sui隧 sun餐 suo所索缩锁 ta他塌塔 tai台大态泰能 te式 ti体是题 tian天 tiao条调超 tie占铁 ting停厅 tong同洞统通重
  tu图突途 tuan团 tui退 tun逐 tuo他拖池 wa洼 wai外 wan园完 wang方王网 wei为于位围有机立维 wen文限 wu务屋无污 xi席析西 xia下厦 xian先显现线限陷
  xiang享像巷相降 xiao号小搜校消销 xie写协接泄解 xin信心新 xing型形性行 xiong能 xiu修 xu于徐续需 xuan旋选 xue学 xun巡循汛询 ya压 yan厂巡广演颜验
  yang养样 yao么由约要 ye业夜页 yi一以仪医台失已异施泄溢疑移议 yin众引银阴音饮 ying应影景营 yo育 yong拥用 you右扰有游由 yu与于域或淤王育苑雨预 yuan员园源穿苑院
  yue约越 yun云员均苑运 za匝 zai再在才 zan暂 zao噪 ze则择责 zeng综 zha查 zhai宅度择 zhan占盏站 zhang长 zhao找照着赵 zhe堵着这 zhei这
  zheng政正 zhi值制只指支智植治知示积置至质 zhong中众种重钟 zhou周州注育轴逐骤 zhu主住属注筑逐除 zhuai转 zhuan专转 zhuang撞状装 zhui隧 zhun准
  zhuo着 zi事子字次自 zong综 zu组 zui最 zuo作左座
`;

const readings = new Map<string, string[]>();
for (const [, syllable = '', letters = ''] of SYLLABLES.matchAll(/([a-z]+)([^a-z\s]+)/g)) {
  for (const letter of letters) {
    readings.set(letter, [...(readings.get(letter) ?? []), syllable]);
  }
}

/** The pinyin of `text`, as the host writes it. */
export function spelt(text: string): string {
  return [...text].map((letter) => (readings.get(letter) ?? [foldLetter(letter)]).join(',')).join('|');
}
