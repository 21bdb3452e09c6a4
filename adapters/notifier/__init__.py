"""Outward channels (外部渠道): a message is handed over within a total deadline, or Undelivered says why.

A server that drips bytes, never ends or never answers cannot hold a sender: the deadline covers the whole conversation.

    words.py     what is sent, and why it was not
    mail.py      SMTP
    calls.py     one HTTP call: deadline, size, allowed hosts, an answer that says yes
    robots.py    群机器人 of 企业微信, 钉钉, 飞书 with their signatures
    sms.py       a 短信 gateway over HTTP
"""

from adapters.notifier.mail import Mail
from adapters.notifier.robots import DingTalk, Feishu, WeCom
from adapters.notifier.sms import Sms
from adapters.notifier.words import DEADLINE, Channel, Message, Undelivered

__all__ = ["DEADLINE", "Channel", "DingTalk", "Feishu", "Mail", "Message", "Sms", "Undelivered", "WeCom"]
