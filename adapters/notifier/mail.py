"""Mail (邮件) over SMTP."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate

import aiosmtplib

from adapters.notifier.words import DEADLINE, Message, Undelivered
from domain.notices import is_mail_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """SMTP. `security`: tls, starttls or none."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    deadline: float = DEADLINE

    async def send(self, to: str, message: Message) -> None:
        """Hand a mail over to the server. Raises Undelivered; when the answer to the mail itself is lost, it may arrive twice."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            timeout=self.deadline,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            local_hostname="localhost",
            tls_context=ssl.create_default_context() if self.security != "none" else None,
        )
        reached = False
        if not is_mail_address(to):
            raise Undelivered("收件地址写法不对", final=True)
        try:
            async with asyncio.timeout(self.deadline):
                await client.connect()
                reached = True
                if self.user:
                    await client.login(self.user, self.password)
                await client.send_message(self._mail(to, message))
                asyncio.get_running_loop().call_soon(client.close)
        except TimeoutError as error:
            raise Undelivered(f"邮件服务器 {self.deadline:g} 秒内没有办完", down=True) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise Undelivered("邮件服务器不接受账号或口令", down=True) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise Undelivered(f"邮件服务器不接受该收件地址（{code}）", final=code >= 500) from error
        except aiosmtplib.SMTPResponseException as error:
            raise Undelivered(f"邮件服务器答复 {error.code}", final=reached and error.code >= 550, down=not reached) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Undelivered("连不上邮件服务器" if not reached else "邮件服务器中途断开", down=not reached) from error
        except (ValueError, UnicodeError) as error:
            raise Undelivered("收件地址写法不对", final=True) from error
        finally:
            client.close()

    def _mail(self, to: str, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = to
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = formatdate(localtime=True)
        name = hashlib.sha256(f"{message.key}|{to}".encode()).hexdigest()[:40]
        mail["Message-ID"] = f"<{name}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail
