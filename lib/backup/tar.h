#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace postrider {

/// Files one after the other, as `tar` reads them. What `out` throws comes out of the calls.
class TarWriter {
public:
    explicit TarWriter(std::function<void(std::string_view)> out);
    TarWriter(const TarWriter&) = delete;
    TarWriter& operator=(const TarWriter&) = delete;
    ~TarWriter();

    /// A file of exactly `size` bytes, which `add` then brings.
    void begin(const std::string& name, std::uint64_t size);
    void add(std::string_view bytes);
    void finish();

private:
    void check(long result);

    struct State;
    std::unique_ptr<State> state_;
};

/// The other way round. Throws BackupError where it is no such archive.
class TarReader {
public:
    /// `in` returns the next bytes, which stay until it is asked again; none at the end.
    explicit TarReader(std::function<std::string_view()> in);
    TarReader(const TarReader&) = delete;
    TarReader& operator=(const TarReader&) = delete;
    ~TarReader();

    struct File {
        std::string name;
        std::uint64_t size = 0;
    };
    /// The next regular file; false: there are no more.
    bool next(File& file);
    /// The next bytes of it; none at its end.
    std::string_view read();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace postrider
