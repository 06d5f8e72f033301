#include "lib/backup/tar.h"

#include "lib/backup/backup_error.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <exception>
#include <utility>

namespace postrider {

namespace {

constexpr int file_mode = 0600;
constexpr std::size_t read_at_once = std::size_t{64} << 10;

}  // namespace

struct TarWriter::State {
    std::function<void(std::string_view)> out;
    std::exception_ptr failure;
    archive* tar = archive_write_new();

    ~State() {
        archive_write_fail(tar);  // unfinished, it writes no end
        archive_write_free(tar);
    }
    static la_ssize_t write(archive*, void* self, const void* bytes, std::size_t count) {
        auto& state = *static_cast<State*>(self);
        try {
            state.out(std::string_view(static_cast<const char*>(bytes), count));
            return static_cast<la_ssize_t>(count);
        } catch (...) {
            state.failure = std::current_exception();
            return -1;
        }
    }
};

TarWriter::TarWriter(std::function<void(std::string_view)> out) : state_(std::make_unique<State>()) {
    state_->out = std::move(out);
    check(archive_write_set_format_pax_restricted(state_->tar));
    check(archive_write_set_bytes_in_last_block(state_->tar, 1));
    check(archive_write_open(state_->tar, state_.get(), nullptr, &State::write, nullptr));
}

TarWriter::~TarWriter() = default;

void TarWriter::begin(const std::string& name, std::uint64_t size) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file_mode);
    check(archive_write_header(state_->tar, entry.get()));
}

void TarWriter::add(std::string_view bytes) {
    const la_ssize_t written = archive_write_data(state_->tar, bytes.data(), bytes.size());
    if (written != static_cast<la_ssize_t>(bytes.size())) check(ARCHIVE_FATAL);
}

void TarWriter::finish() { check(archive_write_close(state_->tar)); }

void TarWriter::check(long result) {
    if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
    if (result >= ARCHIVE_WARN) return;
    const char* why = archive_error_string(state_->tar);
    throw BackupError(std::string("cannot write the archive: ") + (why == nullptr ? "no reason given" : why));
}

struct TarReader::State {
    std::function<std::string_view()> in;
    std::exception_ptr failure;
    archive* tar = archive_read_new();
    std::array<char, read_at_once> buffer{};

    /// Here, since a constructor that throws has no other end.
    ~State() { archive_read_free(tar); }
    static la_ssize_t read(archive*, void* self, const void** bytes) {
        auto& state = *static_cast<State*>(self);
        try {
            const std::string_view next = state.in();
            *bytes = next.data();
            return static_cast<la_ssize_t>(next.size());
        } catch (...) {
            state.failure = std::current_exception();
            return -1;
        }
    }
    void check(long result) {
        if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
        if (result >= ARCHIVE_WARN) return;
        throw BackupError("the archive is damaged, or none");
    }
};

TarReader::TarReader(std::function<std::string_view()> in) : state_(std::make_unique<State>()) {
    state_->in = std::move(in);
    state_->check(archive_read_support_format_tar(state_->tar));
    state_->check(archive_read_support_format_empty(state_->tar));
    state_->check(archive_read_open(state_->tar, state_.get(), nullptr, &State::read, nullptr));
}

TarReader::~TarReader() = default;

bool TarReader::next(File& file) {
    for (;;) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(state_->tar, &entry);
        if (result == ARCHIVE_EOF) {
            state_->check(ARCHIVE_OK);
            return false;
        }
        state_->check(result);
        if (archive_entry_filetype(entry) == AE_IFDIR) continue;
        const char* name = archive_entry_pathname(entry);
        if (archive_entry_filetype(entry) != AE_IFREG || name == nullptr)
            throw BackupError("the archive holds something that is no file");
        file.name = name;
        file.size = static_cast<std::uint64_t>(archive_entry_size(entry));
        return true;
    }
}

std::string_view TarReader::read() {
    const la_ssize_t count = archive_read_data(state_->tar, state_->buffer.data(), state_->buffer.size());
    state_->check(count < 0 ? ARCHIVE_FATAL : ARCHIVE_OK);
    return {state_->buffer.data(), static_cast<std::size_t>(count)};
}

}  // namespace postrider
