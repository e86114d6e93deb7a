//! The spool: help that was forwarded while nothing could be recorded is written to a file of its own, each line synced,
//! and told to a person as soon as anything works again (promise 4). It holds ids and times, no words and no numbers.

use crate::model::ids::{CallId, LineId, OrganisationId, TravellerRow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The file in the spool's folder.
const FILE: &str = "unrecorded.jsonl";
/// The same while it is told.
const TAKEN: &str = "unrecorded.taken.jsonl";

/// Help that could not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrecorded {
    /// When.
    pub at: DateTime<Utc>,
    /// The call.
    pub call: CallId,
    /// The line.
    pub line: LineId,
    /// Whose.
    pub organisation: Option<OrganisationId>,
    /// Who asked, where that is known.
    pub traveller: Option<TravellerRow>,
}

/// Adds a line; back when it is on the disk.
///
/// # Errors
/// The disk's.
pub fn append(folder: &Path, entry: &Unrecorded) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // A line of its own even behind one that a crash cut off.
    let mut line = vec![b'\n'];
    line.extend(serde_json::to_vec(entry)?);
    line.push(b'\n');
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
    // One write: lines of two threads do not mix.
    file.write_all(&line)?;
    file.sync_data()
}

/// What waits to be told. It stays until [`forget`], so that a crash in between tells it again. A last line that was cut
/// off is passed over: its caller was forwarded, and a reader must not stumble.
///
/// # Errors
/// The disk's.
pub fn take(folder: &Path) -> io::Result<Vec<Unrecorded>> {
    let (file, taken) = (folder.join(FILE), folder.join(TAKEN));
    if !taken.exists() {
        match std::fs::rename(&file, &taken) {
            Ok(()) => File::open(folder)?.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    let text = std::fs::read_to_string(&taken)?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Everything that [`take`] gave is told.
///
/// # Errors
/// The disk's.
pub fn forget(folder: &Path) -> io::Result<()> {
    match std::fs::remove_file(folder.join(TAKEN)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u128) -> Unrecorded {
        Unrecorded {
            at: DateTime::UNIX_EPOCH,
            call: CallId(uuid::Uuid::from_u128(number)),
            line: LineId::new("berlin").unwrap(),
            organisation: OrganisationId::new("acme"),
            traveller: Some(TravellerRow(7)),
        }
    }

    #[test]
    fn what_is_written_is_told_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("spool");
        assert!(take(&folder).unwrap().is_empty());
        append(&folder, &entry(1)).unwrap();
        append(&folder, &entry(2)).unwrap();
        let cut = OpenOptions::new().append(true).open(folder.join(FILE)).unwrap();
        (&cut).write_all(b"{\"at\":\"20").unwrap();
        assert_eq!(take(&folder).unwrap(), [entry(1), entry(2)]);
        assert_eq!(take(&folder).unwrap().len(), 2, "a crash before it was told tells it again");
        append(&folder, &entry(3)).unwrap();
        forget(&folder).unwrap();
        assert_eq!(take(&folder).unwrap(), [entry(3)], "what came meanwhile waits for its turn");
    }
}
