-- SPDX-License-Identifier: ISC
-- Ardour: let an output of Earshot move a fader or a plugin's control, live or into an
-- automation lane.  How: docs/plugin.md.  Tried with Ardour 7.3.
ardour {
	["type"]    = "session",
	name        = "Earshot moves a control",
	license     = "ISC",
	author      = "Earshot developers",
	description = [[An output of Earshot on one track moves the fader, or a plugin's control, of another track. If that control is in Write, the movement becomes its automation.]]
}

function sess_params ()
	return {
		["a: track with Earshot"]   = { title = "Track or bus with Earshot", default = "Music", optional = false },
		["b: output of Earshot"]    = { title = "Output of Earshot", default = "Harsh short-term", optional = false },
		["c: track to move"]        = { title = "Track or bus to move", default = "Harshness", optional = false },
		["d: control to move"]      = { title = "Control there: Fader, or Plugin: Control", default = "Fader", optional = false },
		["e: value at least"]       = { title = "Its value when the output is at its lowest", default = "0", optional = false },
		["f: value at most"]        = { title = "Its value when the output is at its highest", default = "1", optional = false },
	}
end

function factory (params)
	local from    = params["a: track with Earshot"]
	local output  = params["b: output of Earshot"]
	local to      = params["c: track to move"]
	local control = params["d: control to move"]
	local least   = tonumber (params["e: value at least"])
	local most    = tonumber (params["f: value at most"])

	-- Plugin called `name` on a track or bus, and the place of its control `label` among
	-- all its controls; nil when there is none.
	local function find (route_name, name, label, input)
		local route = Session:route_by_name (route_name)
		if route:isnil () then return nil end
		local i = 0
		while true do
			local proc = route:nth_plugin (i)
			if proc:isnil () then return nil end
			local plugin = proc:to_insert ():plugin (0)
			if string.find (plugin:name (), name, 1, true) == 1 then
				local nth = 0
				for p = 0, plugin:parameter_count () - 1 do
					if plugin:parameter_is_control (p) then
						if plugin:parameter_label (p) == label and plugin:parameter_is_input (p) == input then
							local _, pd = plugin:get_parameter_descriptor (p, ARDOUR.ParameterDescriptor ())
							return proc, nth, pd[2]
						end
						nth = nth + 1
					end
				end
			end
			i = i + 1
		end
	end

	return function (n_samples)
		local earshot, which, range = find (from, "Earshot", output, false)
		if not earshot then return end
		local value = ARDOUR.LuaAPI.get_processor_param (earshot, which, true)
		local share = (value - range.lower) / (range.upper - range.lower)
		local target = least + share * (most - least)
		if control == "Fader" then
			local route = Session:route_by_name (to)
			if not route:isnil () then
				route:gain_control ():set_value (target, PBD.GroupControlDisposition.NoGroup)
			end
		else
			local name, label = string.match (control, "^(.-): (.*)$")
			local proc, nth = find (to, name or control, label, true)
			if proc then
				ARDOUR.LuaAPI.set_processor_param (proc, nth, target)
			end
		end
	end
end
