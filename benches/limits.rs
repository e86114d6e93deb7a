//! The limits that the project has set itself, measured: `cargo bench --bench limits`.
//!
//! 1. The second step of a call (the answer) over one connection, SQLite durable, beside a bare hyper server that sends as
//!    many bytes, in turn; the ratio counts, machines differ.
//! 2. From exec to the first 200 on `/healthz` with an empty database.
//! 3. Memory of `serve` 5 s after the last of 10,000 calls (`--calls N` for another number).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench may stop loudly and prints its figures"
)]

use assistline::app::open_engine::{EngineParts, open_engine};
use assistline::app::replay_scenario::{REPLAY_SECRET, Replay, ReplayAccount};
use assistline::app::scenario;
use assistline::cli::engine;
use assistline::model::clock::Clock;
use assistline::model::ids::IdSource;
use assistline::outbound::carrier::Carrier;
use assistline::simulator::signer::sign;
use assistline::store::seal::Keys;
use assistline::store::{OpenOptions, Store};
use assistline::web;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};

const PUBLIC_URL: &str = "https://bench.example";
const SCENARIO: &str = include_str!("../tests/data/corpora/scenarios/inbound-unknown-caller-routed-en.json");
const STEPS: usize = 500;

#[tokio::main]
async fn main() {
    // `cargo test --benches` only asks whether it compiles and starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    second_step().await;
    serve().await;
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender }
    }

    async fn post(&mut self, target: &str, pairs: &[(&str, &str)]) -> (u16, String) {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let request = hyper::Request::post(target)
            .header("host", "bench.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", sign(&format!("{PUBLIC_URL}{target}"), &pairs, REPLAY_SECRET))
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// One call: it arrives, and the caller presses 2. The time that the second step took.
    async fn call(&mut self, number: usize) -> Duration {
        let sid = format!("CA{number:032x}");
        let common = [
            ("AccountSid", "AC00000000000000000000000000000000"),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &sid),
            ("Direction", "inbound"),
            ("From", "+12025550177"),
            ("To", LINE.get().unwrap()),
        ];
        let (status, document) =
            self.post("/webhooks/replayed/voice", &[&common[..], &[("CallStatus", "ringing")]].concat()).await;
        assert_eq!(status, 200, "{document}");
        let target = document.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let target = target.strip_prefix(PUBLIC_URL).unwrap().to_owned();
        let begin = Instant::now();
        let (status, document) =
            self.post(&target, &[&common[..], &[("CallStatus", "in-progress"), ("Digits", "2")]].concat()).await;
        let took = begin.elapsed();
        assert!(status == 200 && document.contains("<Dial"), "{document}");
        took
    }
}

static LINE: std::sync::OnceLock<String> = std::sync::OnceLock::new();

async fn parts(folder: &Path, serve: bool) -> EngineParts {
    EngineParts {
        store: Store::open(&format!("sqlite://{}", folder.join("assistline.db").display()), OpenOptions { serve }).await.unwrap(),
        keys: Keys::from_file(&folder.join("secret.key")).unwrap(),
        clock: Clock::Real,
        ids: IdSource::Random,
        carrier: Carrier::new().unwrap(),
        public_url: PUBLIC_URL.to_owned(),
        state_dir: None,
    }
}

/// Saves an organisation, a line and an account into the database of a folder.
async fn prepare(folder: &Path) {
    let scenario = scenario::read(SCENARIO, false).unwrap().remove(0);
    LINE.get_or_init(|| scenario.organisation.emergency_number.clone());
    let (app, writer) = open_engine(parts(folder, false).await).await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let writing = tokio::spawn(writer.run(stop.clone()));
    Replay::prepare(&app, &scenario, false, &ReplayAccount::default()).await.unwrap();
    stop.cancel();
    writing.await.unwrap();
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

async fn second_step() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path()).await;
    let running = engine::start(parts(folder.path(), true).await).await.unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    running.listen(listener, web::webhooks::router(Arc::clone(&running.app)));
    let bare = bare_hyper().await;
    let (mut ours, mut theirs) = (Connection::open(address).await, Connection::open(bare).await);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for number in 0..STEPS + 20 {
        let took = ours.call(number).await;
        let begin = Instant::now();
        theirs.post("/", &[("Digits", "2")]).await;
        let bare_took = begin.elapsed();
        // The first ones warm up.
        if number >= 20 {
            our_times.push(took);
            their_times.push(bare_took);
        }
    }
    let (ours, theirs) = (median(&mut our_times), median(&mut their_times));
    println!(
        "second step, one connection, SQLite durable: median {ours:.3} ms of {STEPS}; bare hyper {theirs:.3} ms; ratio {:.1}",
        ours / theirs
    );
    running.end().await;
}

async fn bare_hyper() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let answer = service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
                request.into_body().collect().await?;
                Ok::<_, hyper::Error>(hyper::Response::new(Full::new(Bytes::from(vec![b'x'; 900]))))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    address
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn free_port() -> SocketAddr {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

fn start_serve(folder: &Path, public: SocketAddr, private: SocketAddr) -> Process {
    let child = Command::new(env!("CARGO_BIN_EXE_assistline"))
        .arg("serve")
        .env("ASSISTLINE_STATE_DIR", folder)
        .env("ASSISTLINE_PUBLIC_URL", PUBLIC_URL)
        .env("ASSISTLINE_LISTEN", public.to_string())
        .env("ASSISTLINE_ADMIN_LISTEN", private.to_string())
        .env("ASSISTLINE_LOG", "error")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Process(child)
}

async fn until_healthy(address: SocketAddr) -> Duration {
    let begin = Instant::now();
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            drop(stream);
            let mut connection = Connection::open(address).await;
            let request = hyper::Request::get("/healthz").header("host", "bench.example").body(Full::new(Bytes::new())).unwrap();
            if connection.sender.send_request(request).await.is_ok_and(|response| response.status() == 200) {
                return begin.elapsed();
            }
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "serve does not answer");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn rss_kib(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn serve() {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let (public, private) = (free_port(), free_port());
        let begin = Instant::now();
        let _process = start_serve(folder.path(), public, private);
        until_healthy(public).await;
        starts.push(begin.elapsed());
    }
    println!("from exec to the first 200 on /healthz, empty database: median {:.0} ms of {}", median(&mut starts), starts.len());

    let wanted = std::env::args().skip_while(|argument| argument != "--calls").nth(1);
    let calls: usize = wanted.and_then(|number| number.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path()).await;
    let (public, private) = (free_port(), free_port());
    let process = start_serve(folder.path(), public, private);
    until_healthy(public).await;
    let before = rss_kib(&process);
    let begin = Instant::now();
    let tasks: Vec<_> = (0..8)
        .map(|part| {
            tokio::spawn(async move {
                let mut connection = Connection::open(public).await;
                for number in (part..calls).step_by(8) {
                    connection.call(number + 1_000_000).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let took = begin.elapsed();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = rss_kib(&process);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let mib = |kib: u64| kib as f64 / 1024.0;
    println!(
        "serve, {calls} calls of two steps in {:.1} s: {:.1} MiB before, {:.1} MiB 5 s after the last",
        took.as_secs_f64(),
        mib(before),
        mib(after)
    );
}
