"""The Chinese of what the drawn MMBench names: colours, shapes, things, and the texts of options."""

from __future__ import annotations

WORDS: dict[str, str] = {
    # colours and shapes
    "red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色", "orange": "橙色",
    "purple": "紫色", "pink": "粉色", "black": "黑色", "white": "白色",
    "circle": "圆形", "square": "正方形", "triangle": "三角形", "star": "星形",
    "diamond": "菱形", "cross": "十字形", "line": "线段",
    # things
    "cat": "猫", "dog": "狗", "horse": "马", "cow": "奶牛", "pig": "猪", "elephant": "大象",
    "bird": "鸟", "fish": "鱼", "turtle": "乌龟", "butterfly": "蝴蝶", "rabbit": "兔子", "frog": "青蛙",
    "apple": "苹果", "banana": "香蕉", "pizza": "披萨", "hamburger": "汉堡", "cake": "蛋糕",
    "strawberry": "草莓", "carrot": "胡萝卜", "donut": "甜甜圈", "grapes": "葡萄",
    "car": "小汽车", "bus": "公交车", "bicycle": "自行车", "airplane": "飞机", "boat": "帆船",
    "train": "火车", "helicopter": "直升机", "ball": "球", "book": "书", "watch": "手表",
    "umbrella": "雨伞", "key": "钥匙", "guitar": "吉他", "shoe": "鞋", "house": "房子",
    "tree": "树", "sun": "太阳", "moon": "月亮", "flower": "花",
    "ice": "冰块", "fire": "火", "feather": "羽毛", "rock": "石头", "balloon": "气球",
    "anchor": "船锚", "magnet": "磁铁", "scissors": "剪刀", "hammer": "锤子",
    "thermometer": "温度计", "telescope": "望远镜", "broom": "扫帚", "lamp": "灯",
    "apples": "苹果", "bananas": "香蕉", "lemons": "柠檬", "peaches": "桃子", "melons": "甜瓜",
    # people and what they do or feel
    "happy": "高兴", "sad": "悲伤", "angry": "生气", "surprised": "惊讶", "sleepy": "困倦",
    "in love": "爱慕", "cook": "厨师", "firefighter": "消防员", "police officer": "警察",
    "doctor": "医生", "farmer": "农民", "astronaut": "宇航员", "painter": "画家", "teacher": "教师",
    "running": "跑步", "cycling": "骑自行车", "swimming": "游泳", "surfing": "冲浪",
    "dancing": "跳舞", "sleeping": "睡觉", "skiing": "滑雪", "lifting weights": "举重",
    "climbing": "攀岩",
    # characters and landmarks
    "Santa Claus": "圣诞老人", "Statue of Liberty": "自由女神像", "Easter Island moai": "复活节岛石像",
    "Mount Fuji": "富士山", "Tokyo Tower": "东京塔", "vampire": "吸血鬼", "mermaid": "美人鱼",
    "snowman": "雪人",
    # kinds of pictures
    "a chart": "图表", "a drawing of objects": "物体的图画", "a written text": "文字",
    "geometric shapes": "几何图形", "bar chart": "柱状图", "pie chart": "饼图", "line chart": "折线图",
    "solid color": "纯色填充", "outlines only": "只有轮廓", "stripes": "条纹", "dots": "圆点",
    "animals": "动物", "food": "食物", "vehicles": "交通工具", "people": "人物", "weather": "天气",
    "sports": "体育", "a street": "街道", "the sea": "大海", "a desert": "沙漠", "a farm": "农场",
    "a snowy field": "雪地",
    "it is blurred": "模糊", "it is noisy": "有噪点", "it is too dark": "太暗",
    "it is too bright": "太亮",
    # places and directions
    "left": "左半边", "right": "右半边", "top-left": "左上角", "top-right": "右上角",
    "bottom-left": "左下角", "bottom-right": "右下角", "above": "上方", "below": "下方",
    "to the left of": "左侧", "to the right of": "右侧", "to the left": "向左滚",
    "to the right": "向右滚", "it stays where it is": "停在原地", "on the box": "在箱子上面",
    "inside the box": "在箱子里面", "beside the box": "在箱子旁边", "under the box": "在箱子下面",
    "they are the same length": "一样长", "they are the same size": "一样大",
    # purposes, kinds and relations
    "keeping off the rain": "挡雨", "opening a lock": "开锁", "telling the time": "看时间",
    "making music": "演奏音乐", "cutting paper": "剪纸", "driving nails": "钉钉子",
    "measuring temperature": "测量温度", "looking at the stars": "观星",
    "sweeping the floor": "扫地", "giving light": "照明",
    "mammal": "哺乳动物", "insect": "昆虫", "reptile": "爬行动物", "amphibian": "两栖动物",
    "mother and child": "母亲和孩子", "grandfather and grandchild": "祖父和孙辈",
    "a couple at their wedding": "新婚夫妇", "teacher and pupil": "老师和学生",
    "doctor and patient": "医生和病人", "friends": "朋友",
    "one hunts the other": "一方捕食另一方", "one grows into the other": "一方长成另一方",
    "one pollinates the other": "一方为另一方授粉", "one eats the other as plant food": "一方以另一方为植物性食物",
}  # fmt: skip
PLURALS = {
    **{f"{kind}s": kind for kind in ("circle", "square", "triangle", "star", "diamond", "line")},
    "crosses": "cross",
}
