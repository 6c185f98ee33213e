//! The threads that read tiles, and the two bounded queues between them and the stream.

use super::reading::{Answer, Job, answer_to};
use crate::budget::Ledger;
use crate::{TileError, TileSource};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Threads of one stream. Dropping this stops them and waits for what each is reading.
#[derive(Debug)]
pub(super) struct Workers {
    /// `None` once the stream closes.
    jobs: Option<SyncSender<Job>>,
    answers: Option<Mutex<Receiver<Answer>>>,
    shared: Arc<Shared>,
    taken: usize,
    threads: Vec<JoinHandle<()>>,
}

/// What the stream and its threads both look at.
#[derive(Debug)]
struct Shared {
    source: Arc<dyn TileSource>,
    ledger: Arc<Ledger>,
    /// Answers that lie ready or were taken.
    answered: AtomicUsize,
    is_closing: AtomicBool,
}

impl Workers {
    /// Starts `threads` threads. Both queues hold `max_in_flight`: as long as no more is on its way, nobody ever waits
    /// for room in them.
    pub(super) fn start(
        source: &Arc<dyn TileSource>,
        ledger: &Arc<Ledger>,
        threads: usize,
        max_in_flight: usize,
    ) -> Result<Self, TileError> {
        let (jobs, todo) = sync_channel::<Job>(max_in_flight);
        let (done, answers) = sync_channel::<Answer>(max_in_flight);
        let todo = Arc::new(Mutex::new(todo));
        let shared = Arc::new(Shared {
            source: Arc::clone(source),
            ledger: Arc::clone(ledger),
            answered: AtomicUsize::new(0),
            is_closing: AtomicBool::new(false),
        });
        let mut workers = Self {
            jobs: Some(jobs),
            answers: Some(Mutex::new(answers)),
            shared: Arc::clone(&shared),
            taken: 0,
            threads: Vec::with_capacity(threads),
        };
        for number in 0..threads {
            let (todo, done, shared) = (Arc::clone(&todo), done.clone(), Arc::clone(&shared));
            let thread = thread::Builder::new()
                .name(format!("tiles-{number}"))
                .spawn(move || serve(&todo, &done, &shared))
                .map_err(|cause| TileError::Unreadable {
                    file: format!("{}: thread {number} that reads tiles", source.name()),
                    cause,
                })?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    /// Hands a job over; false when the queue is full, which more jobs than agreed would make it.
    pub(super) fn send(&self, job: Job) -> bool {
        self.jobs
            .as_ref()
            .is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// The next answer, if one lies ready.
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let answers = self.answers.as_mut()?.get_mut().ok()?;
        let answer = answers.try_recv().ok()?;
        self.taken = self.taken.wrapping_add(1);
        Some(answer)
    }

    /// True when an answer lies ready.
    pub(super) fn has_answers(&self) -> bool {
        self.shared.answered.load(Ordering::Acquire) != self.taken
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        // Both queues close before anybody is waited for, so that no thread waits on them.
        self.jobs = None;
        self.answers = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing more to say here.
            thread.join().ok();
        }
    }
}

fn serve(todo: &Mutex<Receiver<Job>>, done: &SyncSender<Answer>, shared: &Shared) {
    loop {
        let job = match todo.lock() {
            Ok(todo) => todo.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else {
            return;
        };
        if shared.is_closing.load(Ordering::Relaxed) {
            return;
        }
        let answer = answer_to(job, shared.source.as_ref(), &shared.ledger);
        if done.send(answer).is_err() {
            return;
        }
        shared.answered.fetch_add(1, Ordering::Release);
    }
}
