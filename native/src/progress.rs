//! A connection that ends when its client takes nothing in.

use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// A stream on which writing fails once it has made no progress for `patience`. Without it, as many clients as there
/// are places for, each with an answer that it never reads, would take the page off the air.
pub(crate) struct Progress<S> {
    stream: S,
    patience: Duration,
    /// Runs while something waits to be written.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Progress<S> {
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }

    /// What a try to write came to, unless it is one too many.
    fn bounded<T>(
        &mut self,
        context: &mut Context<'_>,
        tried: Poll<Result<T, Error>>,
    ) -> Poll<Result<T, Error>> {
        if tried.is_ready() {
            self.waiting = None;
            return tried;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progress<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progress<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let tried = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, tried)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(context, tried)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let tried = Pin::new(&mut self.stream).poll_flush(context);
        self.bounded(context, tried)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let tried = Pin::new(&mut self.stream).poll_shutdown(context);
        self.bounded(context, tried)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Read as _;
    use std::time::Instant;

    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    /// Writes to a client until `bytes` are written or it fails, while the client does `read`.
    fn written(
        bytes: usize,
        read: impl FnOnce(std::net::TcpStream) + Send + 'static,
    ) -> Result<usize, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
            std::thread::spawn(move || read(client));
            let mut stream = Progress::new(stream, PATIENCE);
            let mut done = 0;
            while done < bytes {
                done += poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &[0; 65536])).await?;
            }
            Ok(done)
        })
    }

    #[test]
    fn a_client_that_reads_nothing_is_let_go() {
        let begun = Instant::now();
        let error = written(64 << 20, |client| {
            std::thread::sleep(Duration::from_secs(5));
            drop(client);
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!((PATIENCE..Duration::from_secs(4)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    /// Slower than the patience in all, and never without progress for that long.
    #[test]
    fn a_client_that_reads_slowly_is_served() {
        let begun = Instant::now();
        let served = written(32 << 20, |mut client| {
            let mut bytes = vec![0; 1 << 20];
            while client.read_exact(&mut bytes).is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        assert!(served.is_ok() && begun.elapsed() > PATIENCE, "{served:?} {:?}", begun.elapsed());
    }
}
