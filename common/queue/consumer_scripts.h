/*
 * What a consumer does in Redis, a script a step: it is done whole or not at
 * all. Keys of jobs come in groups, one of each kind a job.
 */
#ifndef RP_QUEUE_CONSUMER_SCRIPTS_H
#define RP_QUEUE_CONSUMER_SCRIPTS_H

/* KEYS: the stream. ARGV: the group, we, ms that a job was not renewed, where
 * to go on, how many. The answer: where to go on, then {entry, fields, times}
 * each. */
static const char claim_script[] =
    "local s, g = KEYS[1], ARGV[1]\n"
    "local r = redis.call('XAUTOCLAIM', s, g, ARGV[2], ARGV[3], ARGV[4],\n"
    "    'COUNT', ARGV[5])\n"
    "local out = {r[1]}\n"
    "for i, e in ipairs(r[2]) do\n"
    "  local p = redis.call('XPENDING', s, g, e[1], e[1], 1)\n"
    "  out[i + 1] = {e[1], e[2], p[1] and p[1][4] or 1}\n"
    "end\n"
    "return out\n";

/*
 * KEYS: the stream, then processed, lease, member, history of each job. ARGV:
 * the group, we, ms of the lease, the time, then entry and times of each. The
 * answer for each: its window, or "" if it is in none; 0: busy; 1: done.
 */
static const char take_script[] =
    "local s, g, me, ms, now = KEYS[1], unpack(ARGV, 1, 4)\n"
    "local out = {}\n"
    "for i = 1, (#KEYS - 1) / 4 do\n"
    "  local k, e, times = 4 * i - 2, ARGV[2 * i + 3], ARGV[2 * i + 4]\n"
    "  local known = redis.call('MGET', KEYS[k], KEYS[k + 2])\n"
    "  if known[1] then\n"
    "    redis.call('XACK', s, g, e)\n"
    "    out[i] = 1\n"
    "  else\n"
    "    local owner = redis.call('SET', KEYS[k + 1], me, 'NX', 'GET',\n"
    "        'PX', ms)\n"
    "    if owner and owner ~= me then\n"
    "      redis.call('XCLAIM', s, g, me, 0, e, 'RETRYCOUNT',\n"
    "          times - 1, 'JUSTID')\n"
    "      out[i] = 0\n"
    "    else\n"
    "      if tonumber(times) > 1 then\n"
    "        redis.call('RPUSH', KEYS[k + 3],\n"
    "            now .. ' delivery ' .. times .. ' to ' .. me)\n"
    "      end\n"
    "      out[i] = known[2] or ''\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return out\n";

/* KEYS: the window, then lease and member of each job. ARGV: we, the window's
 * name, its text. The answer: the numbers of those that are lost. */
static const char seal_script[] =
    "local me, w = ARGV[1], ARGV[2]\n"
    "local lost = {}\n"
    "for i = 1, (#KEYS - 1) / 2 do\n"
    "  local is = redis.call('MGET', KEYS[2 * i], KEYS[2 * i + 1])\n"
    "  if is[1] ~= me or is[2] and is[2] ~= w then\n"
    "    lost[#lost + 1] = i\n"
    "  end\n"
    "end\n"
    "if #lost == 0 then\n"
    "  redis.call('SET', KEYS[1], ARGV[3])\n"
    "  for i = 3, #KEYS, 2 do redis.call('SET', KEYS[i], w) end\n"
    "end\n"
    "return lost\n";

/* KEYS: the window, then processed and lease of each job. ARGV: we, ms of the
 * lease. The answer: 1 held, 0 somebody else has one, -1 there is no window. */
static const char hold_script[] =
    "local me = ARGV[1]\n"
    "if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end\n"
    "for i = 2, #KEYS, 2 do\n"
    "  local is = redis.call('MGET', KEYS[i], KEYS[i + 1])\n"
    "  if not is[1] and is[2] and is[2] ~= me then return 0 end\n"
    "end\n"
    "for i = 3, #KEYS, 2 do\n"
    "  redis.call('SET', KEYS[i], me, 'PX', ARGV[2])\n"
    "end\n"
    "return 1\n";

/* KEYS: the stream, then the lease of each job. ARGV: the group, we, ms of the
 * lease, then the entry of each. */
static const char renew_script[] =
    "local s, g, me, ms = KEYS[1], unpack(ARGV, 1, 3)\n"
    "for i = 2, #KEYS do\n"
    "  local owner = redis.call('SET', KEYS[i], me, 'NX', 'GET', 'PX', ms)\n"
    "  if not owner or owner == me then\n"
    "    redis.call('PEXPIRE', KEYS[i], ms)\n"
    "    redis.call('XCLAIM', s, g, me, 0, ARGV[i + 2], 'JUSTID')\n"
    "  end\n"
    "end\n"
    "return 1\n";

/* KEYS: the stream, the window, then processed, lease, member, history of each
 * job. ARGV: the group, we, s that a job is remembered, the result, then the
 * entry of each. The answer: how many were not done before. */
static const char finish_script[] =
    "local s, g, me, ttl, result = KEYS[1], unpack(ARGV, 1, 4)\n"
    "local done = 0\n"
    "for i = 1, (#KEYS - 2) / 4 do\n"
    "  local k = 4 * i - 1\n"
    "  if redis.call('SET', KEYS[k], result, 'NX', 'EX', ttl) then\n"
    "    done = done + 1\n"
    "  end\n"
    "  redis.call('XACK', s, g, ARGV[4 + i])\n"
    "  if redis.call('GET', KEYS[k + 1]) == me then\n"
    "    redis.call('DEL', KEYS[k + 1], KEYS[k + 2], KEYS[k + 3])\n"
    "  else\n"
    "    redis.call('DEL', KEYS[k + 2], KEYS[k + 3])\n"
    "  end\n"
    "end\n"
    "redis.call('DEL', KEYS[2])\n"
    "return done\n";

/*
 * KEYS: the stream, the DLQ, processed, lease, member, history. ARGV: the
 * group, we, the entry, the job's id, the reason, the payload, times, our
 * attempts, what the names of windows begin with. A window that it is alone in
 * goes with it.
 */
static const char bury_script[] =
    "local s, g, me, e = KEYS[1], unpack(ARGV, 1, 3)\n"
    "local owner = redis.call('GET', KEYS[4])\n"
    "if #redis.call('XPENDING', s, g, e, e, 1) == 0 then return 0 end\n"
    "if owner and owner ~= me then return 0 end\n"
    "if redis.call('EXISTS', KEYS[3]) == 1 then\n"
    "  redis.call('XACK', s, g, e)\n"
    "  return 0\n"
    "end\n"
    "local history = redis.call('LRANGE', KEYS[6], 0, -1)\n"
    "history[#history + 1] = ARGV[8] ~= '' and ARGV[8] or nil\n"
    "local letter = {'reason', ARGV[5], 'payload', ARGV[6]}\n"
    "local function say(name, text)\n"
    "  letter[#letter + 1], letter[#letter + 2] = name, text\n"
    "end\n"
    "if ARGV[4] ~= '' then say('job_id', ARGV[4]) end\n"
    "say('entry', e)\n"
    "say('deliveries', ARGV[7])\n"
    "say('consumer', me)\n"
    "say('history', table.concat(history, '\\n'))\n"
    "redis.call('XADD', KEYS[2], '*', unpack(letter))\n"
    "redis.call('XACK', s, g, e)\n"
    "local w = redis.call('GET', KEYS[5])\n"
    "if w then\n"
    "  local text = redis.call('GET', ARGV[9] .. w) or ''\n"
    "  local _, lines = string.gsub(text, '\\n', '')\n"
    "  if lines <= 2 then redis.call('DEL', ARGV[9] .. w) end\n"
    "end\n"
    "redis.call('DEL', KEYS[4], KEYS[5], KEYS[6])\n"
    "return 1\n";

/* KEYS: the stream, then the lease of each job. ARGV: the group, we, ms after
 * which others claim a job, then the entry of each. */
static const char release_script[] =
    "local s, g, me, ms = KEYS[1], unpack(ARGV, 1, 3)\n"
    "for i = 2, #KEYS do\n"
    "  local e = ARGV[i + 2]\n"
    "  if redis.call('GET', KEYS[i]) == me then\n"
    "    redis.call('DEL', KEYS[i])\n"
    "    local p = redis.call('XPENDING', s, g, e, e, 1)\n"
    "    if p[1] then\n"
    "      redis.call('XCLAIM', s, g, me, 0, e, 'IDLE', ms,\n"
    "          'RETRYCOUNT', math.max(p[1][4] - 1, 0), 'JUSTID')\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return 1\n";

/* KEYS: the stream. ARGV: the group. The answer: how many are waiting, and how
 * many pending. */
static const char depth_script[] =
    "for _, g in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do\n"
    "  local f = {}\n"
    "  for i = 1, #g, 2 do f[g[i]] = g[i + 1] end\n"
    "  if f['name'] == ARGV[1] then\n"
    "    return {f['lag'] or 0, f['pending']}\n"
    "  end\n"
    "end\n"
    "return {redis.call('XLEN', KEYS[1]), 0}\n";

/* KEYS: the stream. ARGV: the group, we, ms. */
static const char leave_script[] =
    "local s, g, me = KEYS[1], ARGV[1], ARGV[2]\n"
    "for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', s, g)) do\n"
    "  local f = {}\n"
    "  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end\n"
    "  local old = f['idle'] > tonumber(ARGV[3])\n"
    "  if f['pending'] == 0 and (f['name'] == me or old) then\n"
    "    redis.call('XGROUP', 'DELCONSUMER', s, g, f['name'])\n"
    "  end\n"
    "end\n"
    "return 1\n";

#endif
