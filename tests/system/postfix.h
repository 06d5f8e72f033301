#pragma once

#include "tests/system/folder.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace postrider::testing {

/// A Postfix of its own, with all its files in a temporary folder, that takes mail for example.net into a
/// folder, and for study.example as its aliases say. Needs root, as Postfix does.
class Postfix {
public:
    /// `main` is added to its main.cf; `aliases` are its file of aliases(5).
    explicit Postfix(const std::string& main = "", const std::string& aliases = "");
    Postfix(const Postfix&) = delete;
    Postfix& operator=(const Postfix&) = delete;
    ~Postfix();

    /// Why there can be none here; "" where there can.
    static std::string obstacle();

    std::uint16_t submission_port() const { return submission_port_; }    ///< STARTTLS
    std::uint16_t submissions_port() const { return submissions_port_; }  ///< TLS from the first byte
    /// Of the authority that signed its certificate, which is for `localhost`.
    std::filesystem::path ca_file() const { return folder_.path() / "cert.pem"; }

    /// The files of messages that have arrived, once there are so many; fewer if that takes too long.
    std::vector<std::filesystem::path> wait_for_mail(std::size_t count) const;
    std::string log() const { return contents(folder_.path() / "log"); }
    /// Has it try at once what waits for another try.
    void flush() const;
    /// Its processes die at once, without a word to their clients.
    void kill();

private:
    void configure(const std::string& main);

    Folder folder_;
    std::uint16_t submission_port_;
    std::uint16_t submissions_port_;
};

}  // namespace postrider::testing
