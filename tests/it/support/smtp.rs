//! A mail server as tests want it: it takes mails, refuses mailboxes or passwords, hangs, and hangs up on idle connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

/// The server. Mailboxes `refuses@…` get 550, `hangs@…` never an answer to `DATA`; a password is never right.
#[derive(Debug, Default)]
pub(crate) struct MailServer {
    mails: Mutex<Vec<String>>,
    tasks: TaskTracker,
}

impl MailServer {
    /// Listens on a loopback port; returns itself and `host:port`.
    pub(crate) async fn listen() -> (Arc<Self>, String) {
        let server = Arc::new(Self::default());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let place = listener.local_addr().expect("an address").to_string();
        let accepting = Arc::clone(&server);
        server.tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&accepting);
                let tasks = server.tasks.clone();
                tasks.spawn(async move { drop(server.talk(stream).await) });
            }
        });
        (server, place)
    }

    /// All mails: `recipient`, then the text.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut recipient = String::new();
        write.write_all(b"220 mail.example\r\n").await?;
        loop {
            // An idle connection is hung up on soon.
            let Ok(line) = tokio::time::timeout(Duration::from_millis(50), lines.next_line()).await else { return Ok(()) };
            let Some(line) = line? else { return Ok(()) };
            let reply: &[u8] = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => b"250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n",
                "AUTH" => b"535 5.7.8 anna: the password is wrong\r\n",
                "RCPT" => {
                    recipient = line;
                    if recipient.contains("refuses@") {
                        b"550 5.1.1 refuses@acme.example: no such user\r\n"
                    } else {
                        b"250 ok\r\n"
                    }
                }
                "DATA" if recipient.contains("hangs@") => std::future::pending().await,
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    let mut mail = recipient.clone();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        mail.push('\n');
                        mail.push_str(&line);
                    }
                    self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                    b"250 taken\r\n"
                }
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => b"250 ok\r\n",
            };
            write.write_all(reply).await?;
        }
    }
}
