#pragma once

#include <cstddef>
#include <list>

namespace postrider {

/// A connection that can be asked to go.
class OpenConnection {
public:
    /// Takes no further request; the one under way may end.
    virtual void stop() = 0;
    /// Ends soon, without another word. Not for one whose request is being answered.
    virtual void evict() = 0;

protected:
    ~OpenConnection() = default;
};

/// The connections that are open, by what they do, so that it is known which one to end when there is no room
/// for another. Loop thread only.
class ConnectionList {
public:
    enum class Stage {
        idle,       ///< waits for a request, or has not even begun with one
        receiving,  ///< a request has begun to come
        answering,  ///< a whole request has come
        leaving,    ///< was evicted; counts no more
    };

    /// A place in the list, for as long as a connection is open; it begins as idle.
    class Place {
    public:
        Place(ConnectionList& list, OpenConnection& connection);
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place();

        void enter(Stage stage);
        Stage stage() const { return stage_; }

    private:
        friend class ConnectionList;
        ConnectionList& list_;
        OpenConnection& connection_;
        Stage stage_ = Stage::idle;
        std::list<Place*>::iterator entry_;
    };

    /// How many are open, without those that leave.
    std::size_t size() const;
    /// Ends the connection that has been idle longest; if none is idle, the one whose request has been coming
    /// in longest. False if all are being answered.
    bool evict_one();
    void stop_all();

private:
    std::list<Place*>& of(Stage stage) { return stages_[static_cast<std::size_t>(stage)]; }

    std::list<Place*> stages_[4];  // each in the order in which connections came to it
};

}  // namespace postrider
