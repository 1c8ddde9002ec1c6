//! `outband demo`: a real outage, replayed on this machine.

mod story;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use outband_keys::quoted;
use outband_native::{Clock, Host, Journal};
use outband_record::time::Time;

use crate::client::answer::Answer;
use crate::client::endpoint::Endpoint;
use crate::commands::serve;
use crate::signers::signing;
use crate::terminal::{self, GOOD, QUIET};
use story::{Scene, World};

/// Try it: replay a hosted mail provider's 2013 outage on this machine
///
/// Creates temporary keys, serves a page on the loopback interface, and sends the updates over HTTP with real signatures.
/// Times are shifted so that the story ends now; the page stays up until Ctrl-C, which removes everything.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  outband demo\n  outband demo --until 11:40 --within 2")]
pub(crate) struct Demo {
    /// Port to serve on; 0 picks any free port (default: 8080, or a free one if that is taken)
    #[arg(long)]
    port: Option<u16>,
    /// Stop the story at this time on its main day (3 Sep, US Eastern)
    #[arg(long, value_name = "HH:MM")]
    until: Option<String>,
    /// How many seconds the replay takes, at most 30
    #[arg(long, visible_alias = "speed-up", value_name = "SECONDS", default_value_t = 20,
        value_parser = clap::value_parser!(u64).range(0..=30))]
    within: u64,
}

/// The port unless another is asked for.
const PORT: u16 = 8080;
/// The story's times are shifted by multiples of this, so that round times stay round.
const STEP_SECONDS: u64 = 5 * 60;
/// The page is set up this long before the first update.
const BEFORE_SECONDS: u64 = 12 * 60 * 60;

impl Demo {
    /// Replays the story, then serves until the process is asked to stop.
    pub(crate) fn run(self) -> Result<()> {
        let (scenes, end) = self.scenes()?;
        let now = Clock::real().now() + self.within;
        let later = (now - end.posix()) / STEP_SECONDS * STEP_SECONDS;
        let begin = scenes.first().map_or(end, |scene| scene.at).plus(later).minus(BEFORE_SECONDS);

        let runtime = serve::runtime()?;
        // The signal handlers are installed before there is anything to remove.
        let stop = runtime.block_on(async { serve::stop_asked() })?;
        let directory = tempfile::tempdir().context("not started: cannot create a temporary directory")?;
        let done = runtime.block_on(async {
            let listen = |port| serve::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), "--port 0");
            let listener = match (self.port, listen(self.port.unwrap_or(PORT)).await) {
                (None, Err(_)) => listen(0).await?,
                (_, listener) => listener?,
            };
            let url = format!("http://{}", listener.local_addr()?);
            let world = World::create(directory.path(), &url, begin)?;
            let clock = Arc::new(Clock::standing_at(begin.posix()));
            let host = Host::open(world.station()?, directory.path(), clock.clone(), Journal::Quiet, None)?;
            anstream::println!("listening on {url}");
            let within = Duration::from_secs(self.within);
            let replay = Replay { world, scenes, later, end: end.plus(later), within, clock, url };
            serve_and_replay(host, listener, replay, directory.path(), stop).await
        });
        // Running tasks end with the process; the directory is removed here.
        runtime.shutdown_timeout(Duration::from_secs(1));
        directory.close().context("the temporary directory could not be removed completely")?;
        done
    }

    /// The scenes to replay, and the time at which the story ends.
    fn scenes(&self) -> Result<(Vec<Scene>, Time)> {
        let mut scenes = story::scenes()?;
        if let Some(until) = &self.until {
            let end = story::moment_of_main_day(until)
                .with_context(|| format!("--until {} is not a time of day; use HH:MM", quoted(until)))?;
            scenes.retain(|scene| scene.at <= end);
            return Ok((scenes, end));
        }
        let end = scenes.last().context("the story is empty")?.at;
        Ok((scenes, end))
    }
}

async fn serve_and_replay(
    host: Arc<Host>,
    listener: tokio::net::TcpListener,
    replay: Replay,
    directory: &Path,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let (report_failure, failure) = tokio::sync::oneshot::channel();
    let directory = directory.to_owned();
    // In a separate thread, since it waits for responses of this process.
    std::thread::spawn(move || {
        if let Err(error) = replay.run(&directory) {
            // This fails only once the demo is over.
            let _ = report_failure.send(error);
        }
    });
    let mut failed = None;
    let stop = async {
        tokio::select! {
            () = stop => {}
            Ok(error) = failure => failed = Some(error),
        }
    };
    host.serve(listener, stop).await;
    failed.map_or(Ok(()), Err)
}

/// A replay of the story.
struct Replay {
    world: World,
    scenes: Vec<Scene>,
    later: u64,
    end: Time,
    within: Duration,
    clock: Arc<Clock>,
    url: String,
}

impl Replay {
    fn run(&self, directory: &Path) -> Result<()> {
        let endpoint = Endpoint::new(&self.url)?;
        for note in self.world.founding_notes()? {
            send(&endpoint, &note)?;
        }
        anstream::println!(
            "\nA hosted mail provider's outage of 2013, replayed. On the page, times are shifted so that it ends now.\n"
        );
        let pause = self.within / u32::try_from(self.scenes.len() + 1).unwrap_or(u32::MAX);
        for scene in &self.scenes {
            self.pass(scene.at.plus(self.later), pause);
            send(&endpoint, &self.note(scene)?)?;
            let (phase, title) = (scene.header("phase"), scene.header("title"));
            anstream::println!("{QUIET}{}{QUIET:#}  {phase:13}  {title}", scene.wall);
        }
        self.pass(self.end, pause);
        self.clock.meet_real_time();
        anstream::println!("\n{GOOD}The page is live{GOOD:#} at {}, now in real time. Try:\n", self.url);
        let (outband, dir) = (terminal::program(), terminal::word(&directory.display().to_string()));
        anstream::println!(
            "  {outband} publish --dir {dir} --quick \"Calendars load slowly\" --affects exchange/us-east=degraded
  {outband} verify {} --root '{}'
  curl {}/status.txt

Ctrl-C stops it and removes {dir}.",
            self.url,
            self.world.root_key(),
            self.url
        );
        Ok(())
    }

    /// Runs the page's clock to `moment`.
    fn pass(&self, moment: Time, pause: Duration) {
        self.clock.run_to(moment.posix(), pause);
        while self.clock.now() < moment.posix() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn note(&self, scene: &Scene) -> Result<Vec<u8>> {
        let draft = scene.draft(self.world.origin(), &signing::new_id()?, self.later)?;
        let text = draft.update().with_context(|| format!("the scene of {}", scene.wall))?.print();
        Ok(signing::sign(&text, self.world.signer(&scene.by)?)?.into_bytes())
    }
}

fn send(endpoint: &Endpoint, note: &[u8]) -> Result<()> {
    match endpoint.send(note, |_| {}) {
        Answer::Accepted(_) => Ok(()),
        Answer::Refused(problem) => {
            bail!("the demo's station did not accept the story: {}", problem.explain("refused"))
        }
        Answer::Later(why) | Answer::Busy(why) | Answer::Failed(why) => {
            bail!("the demo's station did not answer: {why}")
        }
    }
}
