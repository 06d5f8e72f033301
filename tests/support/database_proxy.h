#pragma once

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace postrider::testing {

/// Stands between clients and a PostgreSQL server's socket, and harms links when asked: it forwards
/// nothing more without closing anything, a link that has died without a word, or it cuts. Members: one
/// thread of the test's.
class DatabaseProxy {
public:
    /// Listens in a new temporary folder, for the server whose socket is in `server_folder`.
    explicit DatabaseProxy(std::filesystem::path server_folder);
    DatabaseProxy(const DatabaseProxy&) = delete;
    DatabaseProxy& operator=(const DatabaseProxy&) = delete;
    ~DatabaseProxy();

    /// A conninfo that leads through it.
    std::string url(const std::string& database, const std::string& role) const;

    /// Links that exist are dead from now on; new ones work.
    void stall_links();
    /// The same only for links on which a client has said LISTEN. How many those are.
    int stall_listening_links();
    /// From now on a link dies so as soon as a client says this on it; with "", at its first word.
    void stall_links_that_say(std::string words);
    void stall_no_more();
    /// How many have died so by now.
    int links_stalled() const;
    /// Of all COMMITs from now on, each so-many-th gets no answer, but its link is cut: in turn once the
    /// server has answered, and before the server hears of it. 0: no more.
    void cut_commits(int every);
    /// How many it has cut so.
    int commits_cut() const;

private:
    struct Listener;
    template <class Do>
    void on_its_thread(const Do& act) const;

    std::filesystem::path folder_;
    mutable boost::asio::io_context io_{1};
    std::unique_ptr<Listener> listener_;
    std::thread thread_;
};

}  // namespace postrider::testing
