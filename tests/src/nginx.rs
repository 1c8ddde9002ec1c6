//! nginx, with configurations as the documents show them.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::place;

/// A running nginx with a folder of its own; both are gone when this is dropped.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it. `http` is what the block of that name has, for an address to listen on and nginx's folder.
    pub fn start(http: impl FnOnce(SocketAddr, &Path) -> String) -> Result<Self> {
        let folder = place::folder()?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let shown = folder.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {shown}/{what};"))
            .join(" ");
        let http = http(address, folder.path());
        let config = folder.path().join("nginx.conf");
        // Without a master process, it does not change to another user.
        let text = format!(
            "daemon off; master_process off; pid {shown}/pid; error_log {shown}/error; events {{}}\nhttp {{ access_log off; {temporary}\n{http}\n}}\n"
        );
        fs::write(&config, text)?;
        let error = folder.path().join("error");
        let mut command = place::command(Path::new("nginx"));
        let child = command.arg("-e").arg(&error).arg("-c").arg(&config).spawn().context("nginx")?;
        let nginx = Self { child, address, _folder: folder };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let why = || fs::read_to_string(&error).unwrap_or_default();
            ensure!(begun.elapsed() < Duration::from_secs(10), "nginx does not listen: {}", why());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = killed.map(drop)
            && error.kind() != io::ErrorKind::InvalidInput
        {
            eprintln!("nginx could not be killed: {error}");
        }
    }
}

/// The blocks of nginx's configuration in a document.
pub fn shown_in(document: &str) -> Vec<&str> {
    document.split("```nginx\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}
