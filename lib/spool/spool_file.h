#pragma once

#include "lib/dispatch/outbox.h"
#include "lib/inbound/inbox_spool.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct sqlite3;

namespace postrider {

/// Why the spool cannot be used, with advice; of results it says how many, no more.
class SpoolError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Which database a spool's results belong to.
struct SpoolOwner {
    std::string identity;
    std::string former_identity{};  ///< what earlier versions called it; empty: it cannot be theirs
};

/// The spool's file, `spool.sqlite` in a folder of its own. One process at a time: its hold on the
/// folder ends with it, however it ends. All calls block for the disk; one at a time, any thread.
/// What fails throws SpoolError, and leaves what is kept as it was.
class SpoolFile {
public:
    /// Makes folder (0700) and file (0600) where they are missing. The file belongs to the database
    /// that `owner` names; one that holds results of another is refused, an empty one changes hands.
    /// A damaged one is refused, and left as it is.
    SpoolFile(const std::filesystem::path& folder, const SpoolOwner& owner);

    /// All or none; on the disk when it returns. A later result of an attempt replaces the earlier.
    void keep(const std::vector<AttemptResult>& results);
    void forget(const std::vector<AttemptId>& attempts);
    /// In the order in which they came; without row version and metadata.
    std::vector<AttemptResult> read() const;

    /// What came in while the database was away: the same, in an order of its own.
    void keep_entries(const std::vector<InboxEntry>& entries);
    std::vector<SpooledEntry> read_entries(std::size_t limit) const;
    std::size_t count_entries() const;
    void forget_entries(const std::vector<std::int64_t>& numbers);

private:
    /// The folder is ours for as long as this lives.
    class FolderHold {
    public:
        explicit FolderHold(const std::filesystem::path& folder);
        FolderHold(const FolderHold&) = delete;
        FolderHold& operator=(const FolderHold&) = delete;
        ~FolderHold();

    private:
        int descriptor_;
    };
    struct CloseDatabase {
        void operator()(sqlite3* database) const;
    };

    void open_database();
    void refuse_damage() const;
    void prepare_schema();
    void bind_to(const SpoolOwner& owner);
    std::size_t count() const;

    std::filesystem::path folder_;
    std::filesystem::path file_;
    FolderHold hold_;
    std::unique_ptr<sqlite3, CloseDatabase> database_;  // closed before the folder is let go
};

/// How much a spool holds.
struct SpoolContent {
    std::size_t results = 0;
    std::size_t entries = 0;  ///< webhooks

    bool operator==(const SpoolContent&) const = default;
};

/// Looks without changing anything, also beside the process that has the spool; a folder without one holds
/// nothing. Throws SpoolError if it cannot be read.
SpoolContent look_into_spool(const std::filesystem::path& folder);

}  // namespace postrider
